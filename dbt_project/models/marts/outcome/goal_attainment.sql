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
    {{ goal_columns() }}
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
