-- A register of a million rows gives few different answers: each is read by its code list once.
with spell as (
    select distinct
        association_id,
        exit_result_key,
        referrer_key,
        education_key,
        support_before_key,
        support_after_key,
        occupation_before_key,
        occupation_after_key
    from {{ ref('stg_participants__spells') }}
),

told as (
    select
        association_id,
        'exit_result' as list_code,
        exit_result_key as answer_key
    from spell
    union
    select
        association_id,
        'referrer' as list_code,
        referrer_key as answer_key
    from spell
    union
    select
        association_id,
        'education' as list_code,
        education_key as answer_key
    from spell
    union
    select
        association_id,
        'support' as list_code,
        support_before_key as answer_key
    from spell
    union
    select
        association_id,
        'support' as list_code,
        support_after_key as answer_key
    from spell
    union
    select
        association_id,
        'occupation' as list_code,
        occupation_before_key as answer_key
    from spell
    union
    select
        association_id,
        'occupation' as list_code,
        occupation_after_key as answer_key
    from spell
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
        coalesce(known_code.code, 'unmapped') as code
    from part
    left join {{ ref('int_code__named') }} as known_code
        on
            part.association_id = known_code.association_id
            and part.list_code = known_code.list_code
            and part.spelling = known_code.name_key
    where part.spelling <> ''
)

select
    association_id,
    list_code,
    answer_key,
    array_agg(code order by code collate "C") as codes
from interpreted
group by 1, 2, 3
