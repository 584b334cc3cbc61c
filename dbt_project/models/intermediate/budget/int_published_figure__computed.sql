-- What the warehouse says of every mart cell that some printed figure is said to be; a key that means several rows
-- is their sum. A mart that comes to stand here is also an input of computed_value in published_vs_computed.yml.
with mart_row as (
    select
        association_id,
        'income_statement' as mart_name,
        array['amount_sek', 'previous_year_sek'] as comparable,
        to_jsonb(mart) as cells
    from {{ ref('income_statement') }} as mart
    union all
    select
        association_id,
        'balance_sheet' as mart_name,
        array['amount_sek', 'previous_year_sek'] as comparable,
        to_jsonb(mart) as cells
    from {{ ref('balance_sheet') }} as mart
    union all
    select
        association_id,
        'own_capital' as mart_name,
        array[
            'opening_sek', 'result_sek', 'closing_sek',
            'allocated_sek', 'ceiling_sek', 'headroom_sek'
        ] as comparable,
        to_jsonb(mart) as cells
    from {{ ref('own_capital') }} as mart
    union all
    select
        association_id,
        'budget_vs_actual' as mart_name,
        array['budget_sek', 'actual_sek', 'deviation_sek'] as comparable,
        to_jsonb(mart) as cells
    from {{ ref('budget_vs_actual') }} as mart
    union all
    select
        association_id,
        'member_fee_shares' as mart_name,
        array['decided_sek', 'previous_year_decided_sek', 'change_sek', 'by_rule_sek'] as comparable,
        to_jsonb(mart) as cells
    from {{ ref('member_fee_shares') }} as mart
    union all
    select
        association_id,
        'decision_space' as mart_name,
        array[
            'opening_sek', 'fees_sek', 'elected_sek', 'administration_sek',
            'committed_sek', 'room_before_applications_sek', 'applications_sek', 'room_after_applications_sek'
        ] as comparable,
        to_jsonb(mart) as cells
    from {{ ref('decision_space') }} as mart
    union all
    select
        association_id,
        'application_requests' as mart_name,
        array['applied_sek', 'own_financing_sek', 'total_cost_sek'] as comparable,
        to_jsonb(mart) as cells
    from {{ ref('application_requests') }} as mart
),

asked as (
    select distinct
        association_id,
        mart_name,
        mart_key,
        ltrim(mart_column, '-') as mart_column
    from {{ ref('fct_published_figure') }}
    where mart_name is not null and mart_key is not null and mart_column is not null
)

select
    asked.association_id,
    asked.mart_name,
    asked.mart_key,
    asked.mart_column,
    sum((mart_row.cells ->> asked.mart_column)::numeric) as computed_value
from asked
inner join mart_row
    on
        asked.association_id = mart_row.association_id
        and asked.mart_name = mart_row.mart_name
        and asked.mart_column = any(mart_row.comparable)
where {{ is_meant('mart_row.cells', 'asked.mart_key') }}
group by 1, 2, 3, 4
