-- What a rule gives on a line of each budget, beside what the budget says: a share of the fees, or the line of the year
-- before indexed.
with version as (
    select distinct
        association_id,
        fiscal_year,
        version,
        version_kind,
        made_date
    from {{ ref('budget_vs_actual') }}
    where first_year = fiscal_year and version_kind in ('budget', 'revised_budget', 'forecast', 'plan')
),

line as (
    select * from {{ ref('budget_vs_actual') }}
    where first_year = fiscal_year
),

ruled as (
    select
        version.*,
        rule.rule_code,
        rule.line_code as report_line,
        rule.value_share,
        rule.base_code,
        rule.source_sv as rule_source_sv
    from version
    inner join {{ ref('dim_rule') }} as rule
        on
            version.association_id = rule.association_id
            and version.fiscal_year between rule.first_year and rule.last_year
    where rule.line_code is not null
),

-- the line a year before, in the latest paper not made after this one: the same paper where it has that year
before as (
    select distinct on (ruled.association_id, ruled.fiscal_year, ruled.version, ruled.rule_code)
        ruled.association_id,
        ruled.fiscal_year,
        ruled.version,
        ruled.rule_code,
        line.made_date as base_made_date,
        line.version as base_version,
        line.budget_sek as base_sek
    from ruled
    inner join line
        on
            ruled.association_id = line.association_id
            and line.fiscal_year = ruled.fiscal_year - 1
            and ruled.report_line = line.report_line
            and ruled.made_date >= line.made_date
            and line.version_kind in ('budget', 'revised_budget', 'plan')
    where ruled.base_code = 'year_before'
    order by
        ruled.association_id,
        ruled.fiscal_year,
        ruled.version,
        ruled.rule_code,
        line.made_date desc,
        {{ paper_of('line') }} = {{ paper_of('ruled') }} desc,
        line.version desc
),

decided as (
    select
        ruled.association_id,
        ruled.fiscal_year,
        ruled.version,
        ruled.rule_code,
        sum(fee.amount_sek) as decided_fees_sek
    from ruled
    inner join {{ ref('fct_member_fee') }} as fee
        on
            ruled.association_id = fee.association_id
            and ruled.fiscal_year = fee.fiscal_year
            and fee.is_decision_in_force
            and {{ is_in_base('fee', 'ruled') }}
    group by ruled.association_id, ruled.fiscal_year, ruled.version, ruled.rule_code
),

based as (
    select
        ruled.*,
        own.budget_sek as budgeted_sek,
        own.label_sv,
        decided.decided_fees_sek,
        nullif(fees.budget_sek, 0) as budgeted_fees_sek,
        before.base_made_date,
        before.base_version,
        case
            when ruled.base_code = 'year_before' then before.base_sek
            when ruled.base_code in ('ordinary', 'total')
                then coalesce(decided.decided_fees_sek, nullif(fees.budget_sek, 0))
        end as base_sek
    from ruled
    left join line as own
        on
            ruled.association_id = own.association_id
            and ruled.fiscal_year = own.fiscal_year
            and ruled.version = own.version
            and ruled.report_line = own.report_line
    left join line as fees
        on
            ruled.association_id = fees.association_id
            and ruled.fiscal_year = fees.fiscal_year
            and ruled.version = fees.version
            and fees.report_line = 'member_fees'
    left join decided
        on
            ruled.association_id = decided.association_id
            and ruled.fiscal_year = decided.fiscal_year
            and ruled.version = decided.version
            and ruled.rule_code = decided.rule_code
    left join before
        on
            ruled.association_id = before.association_id
            and ruled.fiscal_year = before.fiscal_year
            and ruled.version = before.version
            and ruled.rule_code = before.rule_code
),

stepped as (
    select
        based.association_id,
        based.fiscal_year,
        based.version,
        based.rule_code,
        sum({{ step_amount('based.base_sek', 'step') }}) filter (
            where {{ step_counts('based.base_sek', 'step') }}
        ) as steps_sek,
        max(step.cap_sek) filter (where {{ step_reached('based.base_sek', 'step') }}) as cap_sek
    from based
    inner join {{ ref('dim_rule_step') }} as step
        on
            based.association_id = step.association_id
            and based.rule_code = step.rule_code
            and based.fiscal_year between step.first_year and step.last_year
    where based.base_code in ('ordinary', 'total')
    group by based.association_id, based.fiscal_year, based.version, based.rule_code
),

computed as (
    select
        based.*,
        stepped.steps_sek,
        stepped.cap_sek,
        case
            when based.base_code = 'year_before' then round(based.base_sek * (1 + based.value_share), 2)
            when stepped.steps_sek is not null then least(stepped.steps_sek, stepped.cap_sek)
        end as computed_sek
    from based
    left join stepped
        on
            based.association_id = stepped.association_id
            and based.fiscal_year = stepped.fiscal_year
            and based.version = stepped.version
            and based.rule_code = stepped.rule_code
)

select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    version::text as version,
    rule_code::text as rule_code,
    report_line::text as report_line,
    label_sv::text as label_sv,
    version_kind::text as version_kind,
    made_date::date as made_date,
    budgeted_sek::numeric(18, 2) as budgeted_sek,
    computed_sek::numeric(18, 2) as computed_sek,
    (budgeted_sek - computed_sek)::numeric(18, 2) as deviation_sek,
    value_share::numeric(18, 6) as value_share,
    base_code::text as base_code,
    base_sek::numeric(18, 2) as base_sek,
    case
        when base_sek is null then 'none'
        when base_code = 'year_before' then 'budget_year_before'
        when decided_fees_sek is not null then 'decided_fees'
        else 'budgeted_fees'
    end::text as base_basis,
    decided_fees_sek::numeric(18, 2) as decided_fees_sek,
    budgeted_fees_sek::numeric(18, 2) as budgeted_fees_sek,
    base_made_date::date as base_made_date,
    base_version::text as base_version,
    steps_sek::numeric(18, 2) as steps_sek,
    cap_sek::numeric(18, 2) as cap_sek,
    rule_source_sv::text as rule_source_sv,
    case
        when computed_sek is null then 'base_missing' when budgeted_sek is null then 'line_missing' else 'complete'
    end::text as completeness
from computed
