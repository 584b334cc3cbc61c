-- What surveys and measurements say of goals, as counts to be decided on: of whom, and how many of them said yes. Where
-- two goals of a year share answers only the widest is counted: the difference between them could be a person.
with goal as (
    select
        association_id,
        fiscal_year,
        goal_code,
        measure,
        subject_codes,
        initiative_id,
        respondent_group_code,
        measure in ('positive_answers', 'answers') as is_survey,
        row_number() over (
            partition by association_id, fiscal_year
            order by
                num_nonnulls(initiative_id, respondent_group_code),
                coalesce(cardinality(subject_codes), 9999) desc,
                goal_code
        ) as place
    from {{ ref('dim_goal') }}
    where
        measure in ('positive_answers', 'answers', 'progress_up', 'progress_overdue')
        and denominator in ('answered', 'none')
),

asked as (
    select
        goal.association_id,
        goal.fiscal_year,
        goal.goal_code,
        goal.measure in ('positive_answers', 'progress_up') as tells_of_persons,
        answers.counted,
        answers.answered
    from goal
    inner join {{ ref('int_goal__answers') }} as answers
        on
            goal.association_id = answers.association_id
            and goal.fiscal_year = answers.fiscal_year
            and goal.goal_code = answers.goal_code
    where
        answers.counted is not null
        and answers.answered is not null
        and not exists (
            select 1 from goal as wider
            where
                wider.association_id = goal.association_id
                and wider.fiscal_year = goal.fiscal_year
                and wider.is_survey = goal.is_survey
                and wider.place < goal.place
                and coalesce(wider.subject_codes && goal.subject_codes, true)
                and coalesce(wider.initiative_id = goal.initiative_id, true)
                and coalesce(wider.respondent_group_code = goal.respondent_group_code, true)
        )
)

select
    asked.association_id,
    asked.fiscal_year,
    asked.goal_code,
    one.measure,
    one.cell_count,
    asked.tells_of_persons and one.measure = 'numerator_count' as tells_of_persons
from asked
cross join
    lateral (
        values
        ('numerator_count', asked.counted),
        ('denominator_count', asked.answered)
    ) as one (measure, cell_count)
