-- What the warehouse has for each field of the form; the association's own fields stand on the initiative not_stated.
with initiative_year as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sum(cost_sek) filter (where basis = 'granted') as budget_sek,
        sum(cost_sek) filter (where basis = 'booked') as actual_sek
    from {{ ref('cost_per_result') }}
    where level = 'initiative' and initiative_id <> 'not_stated'
    group by 1, 2, 3
),

people as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        'participants_' || sex as field_code,
        sum(participant_count) as value_number
    from {{ ref('participants_by_source') }}
    group by 1, 2, 3, 4
),

administration as (
    select
        association_id,
        fiscal_year,
        -- two budgets of one day that differ are no budget: somebody must say which was sent
        case when min(budget_sek) = max(budget_sek) then min(budget_sek) end as budget_sek
    from {{ ref('budget_vs_actual') }}
    where version_kind = 'budget' and is_latest and first_year = fiscal_year and report_line = 'administration'
    group by 1, 2
),

booked as (
    select
        association_id,
        fiscal_year,
        sum(amount_sek) as actual_sek
    from {{ ref('fct_ledger_entry') }}
    where 'administration' = any(budget_lines)
    group by 1, 2
),

fees as (
    select
        association_id,
        fiscal_year,
        sum(decided_sek) as allocated_sek
    from {{ ref('member_fee_shares') }}
    group by 1, 2
),

told as (
    select
        association_id,
        fiscal_year,
        'not_stated' as initiative_id,
        'allocated_sek' as field_code,
        allocated_sek as value_number
    from fees
    union all
    select
        association_id,
        fiscal_year,
        'not_stated' as initiative_id,
        'own_capital_sek' as field_code,
        closing_sek as value_number
    from {{ ref('own_capital') }}
    union all
    select
        association_id,
        fiscal_year,
        'not_stated' as initiative_id,
        'administration_budget_sek' as field_code,
        budget_sek as value_number
    from administration
    union all
    select
        association_id,
        fiscal_year,
        'not_stated' as initiative_id,
        'administration_actual_sek' as field_code,
        actual_sek as value_number
    from booked
    union all
    select
        association_id,
        fiscal_year,
        initiative_id,
        'budget_sek' as field_code,
        nullif(budget_sek, 0) as value_number
    from initiative_year
    union all
    select
        association_id,
        fiscal_year,
        initiative_id,
        'actual_sek' as field_code,
        nullif(actual_sek, 0) as value_number
    from initiative_year
    union all
    select
        association_id,
        fiscal_year,
        initiative_id,
        field_code,
        value_number
    from people
)

select
    association_id,
    fiscal_year,
    initiative_id,
    field_code,
    value_number::numeric(18, 2) as value_number
from told
