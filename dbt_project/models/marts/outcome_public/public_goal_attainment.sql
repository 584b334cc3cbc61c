-- Goals by what readers are shown: a count of persons is one that is released, or a sum of those, and no other is
-- looked at. So the status says no more than the figures do. Money and public statistics are no persons; what the
-- association states itself may be.
{{ config(tags=['disclosed']) }}
with goal as (
    select
        *,
        coalesce(initiative_id, 'all') as place_id,
        {{ goal_flow_count('measure') }} as counted_as,
        {{ goal_flow_count('denominator') }} as counted_of_as,
        measure in ('exits', 'to_work', 'to_studies', 'to_work_or_studies', 'self_support_a', 'self_support_b')
            as is_of_exits,
        measure in ('positive_answers', 'answers', 'progress_up', 'progress_overdue') as is_of_answers
    from {{ ref('dim_goal') }}
),

released as (
    select
        association_id,
        min(method) as sdc_method,
        min(release_period) as release_period
    from {{ ref('fct_disclosure_decision') }}
    group by 1
),

flow as (
    -- of one initiative the sexes are not released
    select
        goal.association_id,
        goal.fiscal_year,
        goal.goal_code,
        case
            when bool_and(decision.shown_count is not null) filter (where decision.measure = goal.counted_as)
                then sum(decision.shown_count) filter (where decision.measure = goal.counted_as)
        end as counted
    from goal
    inner join {{ ref('fct_disclosure_decision') }} as decision
        on
            goal.association_id = decision.association_id
            and goal.fiscal_year = decision.fiscal_year
            and decision.report = 'participant_flow'
            and goal.counted_as = decision.measure
            and case
                when goal.subject_codes is null then goal.place_id = decision.initiative_id and decision.sex = 'all'
                else
                    goal.initiative_id is null
                    and decision.initiative_id = 'all'
                    and decision.sex = any(goal.subject_codes)
            end
    group by 1, 2, 3
),

flow_whole as (
    select
        goal.association_id,
        goal.fiscal_year,
        goal.goal_code,
        decision.shown_count as counted_of
    from goal
    inner join {{ ref('fct_disclosure_decision') }} as decision
        on
            goal.association_id = decision.association_id
            and goal.fiscal_year = decision.fiscal_year
            and decision.report = 'participant_flow'
            and goal.counted_of_as = decision.measure
            and goal.place_id = decision.initiative_id
            and decision.sex = 'all'
),

exits as (
    select
        goal.association_id,
        goal.fiscal_year,
        goal.goal_code,
        {{ shown_sum(
            'result.ended_count',
            goal_counts_result('result', 'goal'),
            'whole',
            "(" ~ goal_counts_a_part('result', 'goal') ~ ") and not " ~ goal_counts_result('result', 'goal')
        ) }} as counted
    from goal
    inner join {{ ref('public_exit_results') }} as result
        on
            goal.association_id = result.association_id
            and goal.fiscal_year = result.fiscal_year
            and goal.place_id = result.initiative_id
            and result.sex = 'all'
    inner join {{ ref('public_participant_flow') }} as whole
        on
            result.association_id = whole.association_id
            and result.fiscal_year = whole.fiscal_year
            and result.initiative_id = whole.initiative_id
            and result.sex = whole.sex
    where goal.is_of_exits and goal.follow_up_point = 'at_exit'
    group by 1, 2, 3
),

answer as (
    select
        association_id,
        fiscal_year,
        category_code as goal_code,
        max(shown_count) filter (where measure = 'numerator_count') as counted,
        max(shown_count) filter (where measure = 'denominator_count') as counted_of
    from {{ ref('fct_disclosure_decision') }}
    where report = 'goal_attainment'
    group by 1, 2, 3
),

statistic as (
    {{ goal_statistics() }}
),

counted as (
    select
        goal.*,
        released.sdc_method,
        released.release_period,
        case
            when goal.counted_as is not null then flow.counted
            when goal.is_of_exits and goal.follow_up_point = 'at_exit' then exits.counted
            -- nobody has answered: the register has no follow-up
            when goal.is_of_exits and later.answered_count <> 0 then later.reached_count
            when goal.is_of_answers then answer.counted
        end as numerator_count,
        case
            when goal.counted_of_as is not null then flow_whole.counted_of
            when goal.denominator = 'answered' and goal.is_of_answers then answer.counted_of
            when goal.denominator = 'answered' then nullif(later.answered_count, 0)
            when goal.denominator = 'target_group' then statistic.target_value
        end as denominator_count,
        case goal.measure
            when 'statistic' then statistic.now_value
            when 'own_capital' then capital.closing_sek
        end as own_value,
        case when goal.measure = 'statistic' then statistic.baseline_value end as baseline_value,
        coalesce(goal.measure not in ('statistic', 'own_capital'), false) as is_of_persons,
        not coalesce(goal.is_of_exits and goal.follow_up_point <> 'at_exit' and later.answered_count = 0, false)
            as is_followed_up
    from goal
    left join released on goal.association_id = released.association_id
    left join flow
        on
            goal.association_id = flow.association_id
            and goal.fiscal_year = flow.fiscal_year
            and goal.goal_code = flow.goal_code
    left join flow_whole
        on
            goal.association_id = flow_whole.association_id
            and goal.fiscal_year = flow_whole.fiscal_year
            and goal.goal_code = flow_whole.goal_code
    left join exits
        on
            goal.association_id = exits.association_id
            and goal.fiscal_year = exits.fiscal_year
            and goal.goal_code = exits.goal_code
    left join {{ ref('public_exit_measures') }} as later
        on
            goal.association_id = later.association_id
            and goal.fiscal_year = later.fiscal_year
            and goal.place_id = later.initiative_id
            and later.sex = 'all'
            and later.measure_code = {{ followed_measure('goal') }}
    left join answer
        on
            goal.association_id = answer.association_id
            and goal.fiscal_year = answer.fiscal_year
            and goal.goal_code = answer.goal_code
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
),

shared as (
    select
        *,
        case
            when operator in ('decrease_at_least', 'increase_at_least')
                then round((own_value - baseline_value) / nullif(baseline_value, 0), 6)
            when denominator <> 'none'
                then {{ shown_share('numerator_count', 'denominator_count', "coalesce(sdc_method, 'suppress')") }}
        end::numeric(18, 6) as outcome_share,
        case when is_of_persons and denominator = 'none' then numerator_count else own_value end as outcome_value,
        case
            when
                is_of_persons
                and is_followed_up
                and (numerator_count is null or (denominator <> 'none' and denominator_count is null))
                then 'hidden'
            else 'shown'
        end as sdc_status
    from counted
),

explained as (
    select
        *,
        {{ goal_status_reason(
            "when sdc_status = 'hidden' then 'hidden' when is_of_persons and sdc_method = 'round5' then 'rounded'"
        ) }} as status_reason
    from shared
),

judged as (
    select
        *,
        {{ goal_status(['not_due', 'too_few', 'hidden']) }} as status
    from explained
)

select
    {{ goal_columns() }}
    judged.status::text as status,
    judged.status_reason::text as status_reason,
    case judged.status when 'met' then 'green' when 'not_met' then 'red' end::text as light,
    judged.source_sv::text as source_sv,
    judged.sort_order::integer as sort_order,
    judged.sdc_status::text as sdc_status,
    judged.sdc_method::text as sdc_method,
    judged.release_period::text as release_period
from judged
left join {{ ref('dim_initiative') }} as initiative
    on
        judged.association_id = initiative.association_id
        and judged.initiative_id = initiative.initiative_id
        and judged.fiscal_year between initiative.first_year and initiative.last_year
