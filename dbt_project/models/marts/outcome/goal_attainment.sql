with measured as (
    select
        goal.*,
        number.numerator_count,
        number.denominator_count,
        number.outcome_value,
        number.baseline_value,
        number.no_number_reason
    from {{ ref('dim_goal') }} as goal
    inner join {{ ref('int_goal__measured') }} as number
        on
            goal.association_id = number.association_id
            and goal.fiscal_year = number.fiscal_year
            and goal.goal_code = number.goal_code
),

shared as (
    select
        *,
        case
            when operator in ('decrease_at_least', 'increase_at_least')
                then round((outcome_value - baseline_value) / nullif(baseline_value, 0), 6)
            when denominator <> 'none' then round(numerator_count::numeric / nullif(denominator_count, 0), 6)
        end::numeric(18, 6) as outcome_share
    from measured
),

explained as (
    select
        *,
        {{ goal_status_reason() }} as status_reason
    from shared
),

judged as (
    select
        *,
        {{ goal_status() }} as status
    from explained
)

select
    judged.association_id::text as association_id,
    judged.fiscal_year::integer as fiscal_year,
    judged.goal_code::text as goal_code,
    judged.area_name::text as area_name,
    judged.goal_name::text as goal_name,
    judged.indicator_number::text as indicator_number,
    judged.indicator_name::text as indicator_name,
    judged.level_sv::text as level_sv,
    judged.owner_name::text as owner_name,
    judged.initiative_id::text as initiative_id,
    initiative.initiative_name::text as initiative_name,
    judged.respondent_group_code::text as respondent_group_code,
    judged.respondent_group_name::text as respondent_group_name,
    judged.measure::text as measure,
    judged.subject_codes::text[] as subject_codes,
    judged.denominator::text as denominator,
    judged.follow_up_point::text as follow_up_point,
    judged.operator::text as operator,
    judged.threshold_share::numeric(18, 6) as threshold_share,
    judged.threshold_value::numeric(18, 2) as threshold_value,
    judged.numerator_count::integer as numerator_count,
    judged.denominator_count::integer as denominator_count,
    judged.outcome_share::numeric(18, 6) as outcome_share,
    judged.outcome_value::numeric(18, 2) as outcome_value,
    judged.compared_year::integer as compared_year,
    judged.baseline_value::numeric(18, 2) as baseline_value,
    judged.fewest_answers::integer as fewest_answers,
    judged.due_date::date as due_date,
    judged.no_number_reason::text as no_number_reason,
    judged.status::text as status,
    judged.status_reason::text as status_reason,
    case judged.status when 'met' then 'green' when 'not_met' then 'red' end::text as light,
    judged.claimed_status::text as claimed_status,
    judged.claimed_text::text as claimed_text,
    judged.claimed_result::text as claimed_result,
    case
        when judged.status in ('met', 'not_met') and judged.claimed_status in ('met', 'not_met')
            then judged.status = judged.claimed_status
    end::boolean as is_claim_confirmed,
    judged.comment_sv::text as comment_sv,
    judged.source_sv::text as source_sv,
    judged.sort_order::integer as sort_order
from judged
left join {{ ref('dim_initiative') }} as initiative
    on
        judged.association_id = initiative.association_id
        and judged.initiative_id = initiative.initiative_id
        and judged.fiscal_year between initiative.first_year and initiative.last_year
