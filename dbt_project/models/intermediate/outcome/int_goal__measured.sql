-- The numbers behind each goal, whichever feed they come from.
with statistic as (
    {{ goal_statistics() }}
)

select
    goal.association_id,
    goal.fiscal_year,
    goal.goal_code,
    coalesce(register.counted, answers.counted)::integer as numerator_count,
    case goal.denominator
        when 'answered' then coalesce(answers.answered, register.counted_of)
        when 'target_group' then statistic.target_value
        else register.counted_of
    end::integer as denominator_count,
    case
        when goal.measure = 'statistic' then statistic.now_value
        when goal.measure = 'own_capital' then capital.closing_sek
        when goal.measure = 'stated' then goal.claimed_number
        when goal.denominator = 'none' then coalesce(register.counted, answers.counted)
    end::numeric(18, 2) as outcome_value,
    case when goal.measure = 'statistic' then statistic.baseline_value end::numeric(18, 2) as baseline_value,
    coalesce(
        answers.no_number_reason, case when goal.measure = 'stated' then goal.claimed_number_reason end
    ) as no_number_reason
from {{ ref('dim_goal') }} as goal
left join {{ ref('int_goal__register') }} as register
    on
        goal.association_id = register.association_id
        and goal.fiscal_year = register.fiscal_year
        and goal.goal_code = register.goal_code
left join {{ ref('int_goal__answers') }} as answers
    on
        goal.association_id = answers.association_id
        and goal.fiscal_year = answers.fiscal_year
        and goal.goal_code = answers.goal_code
left join statistic
    on
        goal.association_id = statistic.association_id
        and goal.fiscal_year = statistic.fiscal_year
        and goal.goal_code = statistic.goal_code
left join {{ ref('own_capital') }} as capital
    on
        goal.measure = 'own_capital'
        and goal.association_id = capital.association_id
        and goal.fiscal_year = capital.fiscal_year
