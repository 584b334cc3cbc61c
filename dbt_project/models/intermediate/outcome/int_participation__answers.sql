{{ config(
    pre_hook="set local enable_nestloop = off",
    post_hook="create unique index on {{ this }} (association_id, list_code, answer)"
) }}
-- A register of a million rows gives few different answers: each is read by its code list once.
{%- set read_by = [
    ('exit_result', 'exit_result'), ('exit_reason', 'exit_reason'), ('exit_reason', 'exit_result'),
    ('referrer', 'referrer'), ('education', 'education'), ('time_in_support', 'time_in_support'),
    ('support_before', 'support'), ('support_after', 'support'),
    ('occupation_before', 'occupation'), ('occupation_after', 'occupation'),
    ('occupation_3_months', 'occupation'), ('occupation_6_months', 'occupation'),
] %}
{%- set columns = read_by | map('first') | unique | list %}
with said as (
    -- one look at the rows serves all columns: the others are null in each one's grouping set
    select
        association_id,
        case
            {%- for column in columns %}
                when grouping({{ column }}) = 0 then '{{ column }}'
            {%- endfor %}
        end as column_name,
        coalesce({{ columns | join(', ') }}) as answer
    from {{ ref('stg_participants__spells') }}
    group by
        grouping sets (
            {%- for column in columns %}
                (association_id, {{ column }}){{ ',' if not loop.last }}
            {%- endfor %}
        )
),

told as (
    select distinct
        said.association_id,
        read_by.list_code,
        said.answer
    from said
    inner join (
        values
        {%- for column, list_code in read_by %}
            ('{{ column }}', '{{ list_code }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as read_by (column_name, list_code) on said.column_name = read_by.column_name
    where said.answer is not null
),

keyed as (
    select
        *,
        {{ match_key('answer') }} as answer_key
    from told
),

part as (
    select
        keyed.association_id,
        keyed.list_code,
        keyed.answer,
        btrim(each_one.spelling) as spelling
    from keyed
    cross join lateral unnest(
        -- only support and occupation may be several in one cell
        case
            when keyed.list_code in ('support', 'occupation') then string_to_array(keyed.answer_key, '|')
            else array[keyed.answer_key]
        end
    ) as each_one (spelling)
),

interpreted as (
    select distinct
        part.association_id,
        part.list_code,
        part.answer,
        coalesce(known_code.code, 'unmapped') as code,
        coalesce(listed.group_code, known_code.code, 'unmapped') as group_code,
        coalesce(listed.group_code = 'misregistered', false) as is_misregistered
    from part
    left join {{ ref('int_code__named') }} as known_code
        on
            part.association_id = known_code.association_id
            and part.list_code = known_code.list_code
            and part.spelling = known_code.name_key
    left join {{ ref('stg_code_lists__codes') }} as listed
        on
            known_code.association_id = listed.association_id
            and known_code.list_code = listed.list_code
            and known_code.code = listed.code
    where part.spelling <> ''
),

coded as (
    select
        association_id,
        list_code,
        answer,
        array_agg(code order by code collate "C") as codes,
        array_agg(group_code order by code collate "C") as group_codes,
        bool_or(is_misregistered) as is_misregistered
    from interpreted
    group by association_id, list_code, answer
)

select
    *,
    {{ work_and_studies('group_codes') }} as totals
from coded
