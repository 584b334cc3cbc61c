-- What the warehouse says of every mart cell that some printed figure is said to be; a key that means several rows
-- is their sum. Beside it how many rows all of the key but its last part means: with some, an absent line is nothing.
{#- The columns of each mart that a printed figure may be said to be; also the inputs of computed_value and
    beside_row_count in published_vs_computed.yml. #}
{%- set comparable_cells = {
    'income_statement': ['amount_sek', 'previous_year_sek'],
    'balance_sheet': ['amount_sek', 'previous_year_sek'],
    'cash_flow_statement': ['amount_sek', 'previous_year_sek'],
    'statement_notes': ['amount_sek', 'previous_year_sek'],
    'own_capital': [
        'opening_sek', 'result_sek', 'closing_sek', 'allocated_sek', 'ceiling_share', 'ceiling_sek', 'headroom_sek'
    ],
    'budget_vs_actual': ['budget_sek', 'actual_sek', 'deviation_sek'],
    'forecast_accuracy': ['forecast_sek', 'actual_sek', 'error_sek'],
    'member_fee_shares': [
        'decided_sek', 'previous_year_decided_sek', 'change_sek', 'by_rule_sek', 'invoiced_sek', 'paid_sek',
        'receivable_sek'
    ],
    'decision_space': [
        'opening_sek', 'fees_sek', 'opening_room_sek', 'elected_sek', 'administration_sek', 'committed_sek',
        'result_sek', 'room_before_applications_sek', 'applications_sek', 'room_after_applications_sek'
    ],
    'decision_space_line': ['amount_sek'],
    'application_requests': [
        'applied_sek', 'own_financing_sek', 'total_cost_sek', 'fte_share', 'own_fte_share'
    ],
    'application_years': ['applied_sek'],
    'application_decisions': ['granted_sek'],
    'initiative_funding': ['applied_sek', 'granted_sek', 'claimed_sek', 'booked_sek', 'remaining_sek'],
} %}
with mart_row as (
    {% for mart, columns in comparable_cells.items() %}
        select
            association_id,
            '{{ mart }}' as mart_name,
            array['{{ columns | join("', '") }}'] as comparable,
            to_jsonb(mart) as cells
        from {{ ref(mart) }} as mart
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

asked as (
    select distinct
        association_id,
        mart_name,
        mart_key,
        ltrim(mart_column, '-') as mart_column,
        {{ asked_last('mart_key') }} as last_column
    from {{ ref('fct_published_figure') }}
    where mart_name is not null and mart_key is not null and mart_column is not null
),

beside as (
    select
        asked.*,
        case when asked.mart_column = any(mart_row.comparable) then mart_row.cells end as cells
    from asked
    inner join mart_row on asked.association_id = mart_row.association_id and asked.mart_name = mart_row.mart_name
    where {{ is_meant('mart_row.cells', 'asked.mart_key', 'asked.last_column') }}
)

select
    association_id,
    mart_name,
    mart_key,
    mart_column,
    sum((cells ->> mart_column)::numeric) filter (where {{ is_meant('cells', 'mart_key') }}) as computed_value,
    count(*) as beside_row_count
from beside
group by association_id, mart_name, mart_key, mart_column
