with ledger as (
    select
        association_id,
        fiscal_year,
        -coalesce(
            sum(amount_sek) filter (where entry_kind = 'opening' and line_code = 'equity_opening'), 0
        ) as opening_sek,
        -coalesce(sum(amount_sek) filter (where statement = 'income_statement'), 0) as result_sek,
        max(voucher_date) as booked_to_date
    from {{ ref('fct_ledger_entry') }}
    group by 1, 2
),

-- a paper without income is a cost budget: its result says nothing of the capital
latest_version as (
    select
        association_id,
        fiscal_year,
        coalesce(
            max(version) filter (where version_kind = 'forecast'),
            max(version) filter (where version_kind = 'revised_budget'),
            max(version) filter (where version_kind = 'budget')
        ) as forecast_version
    from {{ ref('budget_vs_actual') }}
    where report_line = 'income' and budget_sek <> 0 and first_year = fiscal_year
    group by 1, 2
),

forecast as (
    select
        latest_version.*,
        result.budget_sek as forecast_result_sek
    from latest_version
    inner join {{ ref('budget_vs_actual') }} as result
        on
            latest_version.association_id = result.association_id
            and latest_version.fiscal_year = result.fiscal_year
            and latest_version.forecast_version = result.version
            and result.report_line = 'result'
),

ruled as (
    select
        ledger.*,
        ledger.opening_sek + ledger.result_sek as closing_sek,
        rule.base_code,
        rule.source_sv as rule_source_sv,
        forecast.forecast_version,
        forecast.forecast_result_sek,
        ledger.opening_sek + forecast.forecast_result_sek as forecast_closing_sek
    from ledger
    left join {{ ref('dim_rule') }} as rule
        on
            ledger.association_id = rule.association_id
            and rule.rule_code = 'own_capital_ceiling_share'
            and ledger.fiscal_year between rule.first_year and rule.last_year
    left join forecast
        on ledger.association_id = forecast.association_id and ledger.fiscal_year = forecast.fiscal_year
),

allocated as (
    select
        ruled.association_id,
        ruled.fiscal_year,
        sum(fee.amount_sek) as allocated_sek
    from ruled
    inner join {{ ref('fct_member_fee') }} as fee
        on
            ruled.association_id = fee.association_id
            and ruled.fiscal_year = fee.fiscal_year
            and fee.is_decision_in_force
            and {{ is_in_base('fee', 'ruled') }}
    group by 1, 2
),

funded as (
    select
        ruled.*,
        allocated.allocated_sek
    from ruled
    left join allocated
        on ruled.association_id = allocated.association_id and ruled.fiscal_year = allocated.fiscal_year
),

-- a step gives its share of all that is allocated, or of what lies within the step
stepped as (
    select
        funded.association_id,
        funded.fiscal_year,
        sum({{ step_amount('funded.allocated_sek', 'step') }}) filter (
            where {{ step_counts('funded.allocated_sek', 'step') }}
        ) as steps_sek,
        max(step.value_share) filter (where {{ step_reached('funded.allocated_sek', 'step') }}) as ceiling_share,
        max(step.cap_sek) filter (where {{ step_reached('funded.allocated_sek', 'step') }}) as cap_sek
    from funded
    inner join {{ ref('dim_rule_step') }} as step
        on
            funded.association_id = step.association_id
            and step.rule_code = 'own_capital_ceiling_share'
            and funded.fiscal_year between step.first_year and step.last_year
    group by 1, 2
),

measured as (
    select
        funded.*,
        stepped.steps_sek,
        stepped.ceiling_share,
        stepped.cap_sek,
        case when stepped.steps_sek is not null then least(stepped.steps_sek, stepped.cap_sek) end as ceiling_sek
    from funded
    left join stepped
        on funded.association_id = stepped.association_id and funded.fiscal_year = stepped.fiscal_year
),

judged as (
    select
        *,
        case
            when ceiling_sek is null then 'no_basis' when closing_sek > ceiling_sek then 'above' else 'within'
        end as status,
        case
            when forecast_version is null then 'no_forecast'
            when ceiling_sek is null then 'no_basis'
            when forecast_closing_sek > ceiling_sek then 'above'
            else 'within'
        end as forecast_status
    from measured
)

select
    judged.association_id::text as association_id,
    judged.fiscal_year::integer as fiscal_year,
    judged.opening_sek::numeric(18, 2) as opening_sek,
    judged.result_sek::numeric(18, 2) as result_sek,
    judged.closing_sek::numeric(18, 2) as closing_sek,
    judged.allocated_sek::numeric(18, 2) as allocated_sek,
    judged.ceiling_share::numeric(18, 6) as ceiling_share,
    judged.base_code::text as base_code,
    judged.ceiling_sek::numeric(18, 2) as ceiling_sek,
    (judged.ceiling_sek - judged.closing_sek)::numeric(18, 2) as headroom_sek,
    judged.status::text as status,
    claim.claimed_status::text as claimed_status,
    case
        when judged.status = 'no_basis' or claim.claimed_status not in ('met', 'not_met') then null
        else (judged.status = 'within') = (claim.claimed_status = 'met')
    end::boolean as is_claim_confirmed,
    judged.steps_sek::numeric(18, 2) as steps_sek,
    judged.cap_sek::numeric(18, 2) as cap_sek,
    judged.rule_source_sv::text as rule_source_sv,
    judged.booked_to_date::date as booked_to_date,
    {{ booked_completeness('judged.fiscal_year', 'judged.booked_to_date') }}::text as completeness,
    judged.forecast_version::text as forecast_version,
    judged.forecast_result_sek::numeric(18, 2) as forecast_result_sek,
    judged.forecast_closing_sek::numeric(18, 2) as forecast_closing_sek,
    (judged.ceiling_sek - judged.forecast_closing_sek)::numeric(18, 2) as forecast_headroom_sek,
    judged.forecast_status::text as forecast_status
from judged
left join {{ ref('dim_goal_claim') }} as claim
    on
        judged.association_id = claim.association_id
        and judged.fiscal_year = claim.fiscal_year
        and claim.goal_code = 'own_capital'
