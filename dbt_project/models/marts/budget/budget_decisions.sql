-- What a budget counts as decided, initiative by initiative, beside what the board had granted when the paper was made.
with budgeted as (
    select
        association_id,
        fiscal_year,
        version,
        version_kind,
        made_date,
        initiative_id,
        sum(ledger_sek) as budgeted_sek,
        sum({{ half_unit('unit') }}) as tolerance_sek
    from {{ ref('fct_budget_line') }}
    where
        version_kind in ('budget', 'revised_budget', 'plan')
        and first_year = fiscal_year
        and decision_state = 'decided'
        and 'initiatives' = any(budget_lines)
        and initiative_id not in ('not_stated', 'unmapped')
    group by 1, 2, 3, 4, 5, 6
),

-- only a paper that names initiatives says anything about their decisions
paper as (
    select
        association_id,
        fiscal_year,
        version,
        version_kind,
        made_date,
        row_number() over (
            partition by association_id, fiscal_year order by made_date desc, version desc
        ) = 1 as is_latest
    from budgeted
    group by 1, 2, 3, 4, 5
),

granted as (
    select
        paper.association_id,
        paper.fiscal_year,
        paper.version,
        decision.initiative_id,
        sum(decision.amount_sek) as granted_sek,
        sum({{ half_unit('decision.unit') }}) as tolerance_sek
    from paper
    inner join {{ ref('fct_decision') }} as decision
        on
            paper.association_id = decision.association_id
            and paper.fiscal_year = decision.fiscal_year
            and paper.made_date >= decision.decision_date
    where decision.decision_kind = 'granted' and decision.initiative_id not in ('not_stated', 'unmapped')
    group by 1, 2, 3, 4
),

named as (
    select
        association_id,
        fiscal_year,
        version,
        initiative_id
    from budgeted
    union
    select
        association_id,
        fiscal_year,
        version,
        initiative_id
    from granted
),

compared as (
    select
        named.*,
        paper.version_kind,
        paper.made_date,
        paper.is_latest,
        budgeted.budgeted_sek,
        granted.granted_sek,
        budgeted.budgeted_sek - granted.granted_sek as difference_sek,
        coalesce(budgeted.tolerance_sek, 0) + coalesce(granted.tolerance_sek, 0) as tolerance_sek
    from named
    inner join paper
        on
            named.association_id = paper.association_id
            and named.fiscal_year = paper.fiscal_year
            and named.version = paper.version
    left join budgeted
        on
            named.association_id = budgeted.association_id
            and named.fiscal_year = budgeted.fiscal_year
            and named.version = budgeted.version
            and named.initiative_id = budgeted.initiative_id
    left join granted
        on
            named.association_id = granted.association_id
            and named.fiscal_year = granted.fiscal_year
            and named.version = granted.version
            and named.initiative_id = granted.initiative_id
)

select
    compared.association_id::text as association_id,
    compared.fiscal_year::integer as fiscal_year,
    compared.version::text as version,
    compared.initiative_id::text as initiative_id,
    initiative.initiative_name::text as initiative_name,
    compared.version_kind::text as version_kind,
    compared.made_date::date as made_date,
    compared.is_latest::boolean as is_latest,
    compared.budgeted_sek::numeric(18, 2) as budgeted_sek,
    compared.granted_sek::numeric(18, 2) as granted_sek,
    compared.difference_sek::numeric(18, 2) as difference_sek,
    compared.tolerance_sek::numeric(18, 2) as tolerance_sek,
    case
        when compared.granted_sek is null then 'no_decision'
        when compared.budgeted_sek is null then 'not_budgeted'
        when abs(compared.difference_sek) > compared.tolerance_sek then 'differs'
        else 'holds'
    end::text as status
from compared
left join {{ ref('dim_initiative') }} as initiative
    on
        compared.association_id = initiative.association_id
        and compared.initiative_id = initiative.initiative_id
        and compared.fiscal_year between initiative.first_year and initiative.last_year
