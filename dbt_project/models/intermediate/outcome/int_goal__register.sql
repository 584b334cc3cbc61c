-- What the registers say of each goal. An association without a register that year says nothing, not zero.
with goal as (
    select * from {{ ref('dim_goal') }}
),

flow as (
    select
        goal.association_id,
        goal.fiscal_year,
        goal.goal_code,
        sum(
            case goal.measure
                when 'participants' then flow.participant_count
                when 'new_participants' then flow.new_count
                when 'ended' then flow.ended_count
                when 'remaining' then flow.remaining_count
            end
        ) filter (where goal.subject_codes is null or flow.sex = any(goal.subject_codes)) as counted,
        sum(
            case goal.denominator
                when 'participants' then flow.participant_count
                when 'new_participants' then flow.new_count
                when 'ended' then flow.ended_count
            end
        ) as counted_of
    from goal
    inner join {{ ref('participant_flow') }} as flow
        on
            goal.association_id = flow.association_id
            and goal.fiscal_year = flow.fiscal_year
            and (goal.initiative_id is null or goal.initiative_id = flow.initiative_id)
    where flow.sex in ('female', 'male', 'unknown')
    group by 1, 2, 3
),

register as (
    select distinct
        association_id,
        fiscal_year
    from {{ ref('participant_flow') }}
),

exits as (
    select
        goal.association_id,
        goal.fiscal_year,
        goal.goal_code,
        sum(result.ended_count) as counted
    from goal
    inner join {{ ref('exit_results') }} as result
        on
            goal.association_id = result.association_id
            and goal.fiscal_year = result.fiscal_year
            and (goal.initiative_id is null or goal.initiative_id = result.initiative_id)
            and (
                result.exit_result_code = any(goal.subject_codes) or result.exit_group_code = any(goal.subject_codes)
            )
    where
        goal.measure in ('exits', 'to_work', 'to_studies', 'to_work_or_studies', 'self_support_a', 'self_support_b')
        and goal.follow_up_point = 'at_exit' and result.sex in ('female', 'male', 'unknown')
    group by 1, 2, 3
),

followed as (
    select
        goal.association_id,
        goal.fiscal_year,
        goal.goal_code,
        sum(result.reached_count) as counted,
        sum(result.answered_count) as answered
    from goal
    inner join {{ ref('exit_measures') }} as result
        on
            goal.association_id = result.association_id
            and goal.fiscal_year = result.fiscal_year
            and (goal.initiative_id is null or goal.initiative_id = result.initiative_id)
            and result.measure_code = {{ followed_measure('goal') }}
    where result.sex in ('female', 'male', 'unknown')
    group by 1, 2, 3
)

select
    goal.association_id,
    goal.fiscal_year,
    goal.goal_code,
    case
        when goal.measure in ('participants', 'new_participants', 'ended', 'remaining') then coalesce(flow.counted, 0)
        when
            goal.follow_up_point = 'at_exit'
            and goal.measure in (
                'exits', 'to_work', 'to_studies', 'to_work_or_studies', 'self_support_a', 'self_support_b'
            )
            then coalesce(exits.counted, 0)
        else followed.counted
    end as counted,
    case
        when goal.denominator in ('ended', 'participants', 'new_participants') then coalesce(flow.counted_of, 0)
        when goal.denominator = 'answered' then followed.answered
    end as counted_of
from goal
inner join register
    on goal.association_id = register.association_id and goal.fiscal_year = register.fiscal_year
left join flow
    on
        goal.association_id = flow.association_id
        and goal.fiscal_year = flow.fiscal_year
        and goal.goal_code = flow.goal_code
left join exits
    on
        goal.association_id = exits.association_id
        and goal.fiscal_year = exits.fiscal_year
        and goal.goal_code = exits.goal_code
left join followed
    on
        goal.association_id = followed.association_id
        and goal.fiscal_year = followed.fiscal_year
        and goal.goal_code = followed.goal_code
