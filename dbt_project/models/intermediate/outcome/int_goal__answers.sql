-- What surveys and measurements of progress say of each goal. Null where nobody was asked.
with goal as (
    select * from {{ ref('dim_goal') }}
),

survey as (
    select
        goal.association_id,
        goal.fiscal_year,
        goal.goal_code,
        case goal.measure
            when 'positive_answers' then sum(answer.positive_count)
            else sum(answer.answered_count)
        end as counted,
        sum(answer.answered_count) as answered,
        min(answer.no_number_reason) as no_number_reason
    from goal
    inner join {{ ref('fct_survey_answer') }} as answer
        on
            goal.association_id = answer.association_id
            and goal.fiscal_year = answer.fiscal_year
            and answer.question_key = any(goal.subject_codes)
            and (goal.initiative_id is null or goal.initiative_id = answer.initiative_id)
            and (goal.respondent_group_code is null or goal.respondent_group_code = answer.respondent_group_code)
    where goal.measure in ('positive_answers', 'answers')
    group by goal.association_id, goal.fiscal_year, goal.goal_code, goal.measure
),

progress as (
    select
        goal.association_id,
        goal.fiscal_year,
        goal.goal_code,
        case goal.measure
            when 'progress_up' then sum(series.up_count)
            else sum(series.overdue_count)
        end as counted,
        case goal.measure
            when 'progress_up' then sum(series.compared_count)
            else sum(series.series_count)
        end as answered
    from goal
    inner join {{ ref('fct_progress') }} as series
        on
            goal.association_id = series.association_id
            and goal.fiscal_year = series.fiscal_year
            and (goal.subject_codes is null or series.indicator_code = any(goal.subject_codes))
            and (goal.initiative_id is null or goal.initiative_id = series.initiative_id)
            and (goal.respondent_group_code is null or goal.respondent_group_code = series.rater)
    where goal.measure in ('progress_up', 'progress_overdue')
    group by goal.association_id, goal.fiscal_year, goal.goal_code, goal.measure
)

select
    association_id,
    fiscal_year,
    goal_code,
    counted,
    answered,
    no_number_reason
from survey
union all
select
    association_id,
    fiscal_year,
    goal_code,
    counted,
    answered,
    null as no_number_reason
from progress
