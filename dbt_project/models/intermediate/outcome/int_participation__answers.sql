-- A register of a million rows gives few different answers: each is read by its code list once.
{%- set told_in = [
    ('exit_result', 'exit_result'), ('exit_reason', 'exit_reason'), ('exit_result', 'exit_reason'),
    ('referrer', 'referrer'), ('education', 'education'), ('time_in_support', 'time_in_support'),
    ('support', 'support_before'), ('support', 'support_after'),
    ('occupation', 'occupation_before'), ('occupation', 'occupation_after'),
    ('occupation', 'occupation_3_months'), ('occupation', 'occupation_6_months'),
] %}
with spell as (
    select distinct
        association_id,
        exit_result_key,
        exit_reason_key,
        referrer_key,
        education_key,
        time_in_support_key,
        support_before_key,
        support_after_key,
        occupation_before_key,
        occupation_after_key,
        occupation_3_months_key,
        occupation_6_months_key
    from {{ ref('stg_participants__spells') }}
),

told as (
    -- each spelling once per list: only distinct rows are left
    select distinct
        spell.association_id,
        said.list_code,
        said.answer_key
    from spell
    cross join
        lateral (
            values
            {%- for list_code, column in told_in %}
                ('{{ list_code }}', spell.{{ column }}_key){{ ',' if not loop.last }}
            {%- endfor %}
        ) as said (list_code, answer_key)
),

part as (
    select
        told.association_id,
        told.list_code,
        told.answer_key,
        btrim(each_one.spelling) as spelling
    from told
    cross join lateral unnest(
        -- only support and occupation may be several in one cell
        case
            when told.list_code in ('support', 'occupation') then string_to_array(told.answer_key, '|')
            else array[told.answer_key]
        end
    ) as each_one (spelling)
),

interpreted as (
    select distinct
        part.association_id,
        part.list_code,
        part.answer_key,
        coalesce(known_code.code, 'unmapped') as code,
        coalesce(listed.group_code, known_code.code, 'unmapped') as group_code
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
)

select
    association_id,
    list_code,
    answer_key,
    array_agg(code order by code collate "C") as codes,
    array_agg(group_code order by code collate "C") as group_codes
from interpreted
group by 1, 2, 3
