-- What a goal's measure is about, in codes. A result of an exit may be named by its own code or by its group's.
with goal as (
    select * from {{ ref('stg_goals__claims') }}
),

part as (
    select
        goal.association_id,
        goal.fiscal_year,
        goal.goal_code,
        goal.measure,
        btrim(named.spelling) as spelling
    from goal
    cross join lateral unnest(string_to_array(goal.subject_key, '|')) as named (spelling)
    where btrim(named.spelling) <> ''
),

usual (measure, measure_code, result_codes) as (
    values
    ('to_work', 'work', array['work']),
    ('to_studies', 'studies', array['studies']),
    ('to_work_or_studies', 'work_or_studies', array['work', 'studies', 'work_or_studies']),
    ('self_support_a', 'self_support_a', array['work', 'studies', 'work_or_studies']),
    (
        'self_support_b', 'self_support_b',
        array['work', 'studies', 'work_or_studies', 'sickness_compensation', 'activity_compensation']
    )
),

coded as (
    select
        part.association_id,
        part.fiscal_year,
        part.goal_code,
        array_agg(distinct coalesce(known_code.code, part.spelling)) as subject_codes
    from part
    left join {{ ref('int_code__named') }} as known_code
        on
            part.association_id = known_code.association_id
            and part.spelling = known_code.name_key
            and known_code.list_code = case
                when part.measure = 'exits' then 'exit_result'
                when part.measure in ('progress_up', 'progress_overdue') then 'progress_indicator'
                when part.measure = 'statistic' then 'public_statistic'
                when part.measure in ('participants', 'new_participants', 'ended', 'remaining') then 'sex'
            end
    group by 1, 2, 3
)

select
    goal.association_id,
    goal.fiscal_year,
    goal.goal_code,
    case
        when usual.result_codes is null then coded.subject_codes
        else coalesce(defined.aliases, usual.result_codes)
    end as subject_codes
from goal
left join usual on goal.measure = usual.measure
-- an association's own definition goes before the usual one
left join {{ ref('stg_code_lists__codes') }} as defined
    on
        defined.list_code = 'exit_measure'
        and goal.association_id = defined.association_id
        and usual.measure_code = defined.code
left join coded
    on
        goal.association_id = coded.association_id
        and goal.fiscal_year = coded.fiscal_year
        and goal.goal_code = coded.goal_code
