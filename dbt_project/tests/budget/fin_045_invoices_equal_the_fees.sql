{{ config(meta={
    'rule_id': 'FIN-045', 'severity': 'finding', 'beside': 'member_fee_shares', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Det som fakturerats en medlem är medlemmens beslutade avgift.',
    'why_sv': 'Mer är för mycket för medlemmen; mindre när året är slut är en avgift som ingen bett om.',
    'remedy_sv': 'Jämför decided_sek och invoiced_sek i member_fee_shares. Under året räknas bara för mycket. Tolerans: en halv enhet per belopp i tkr eller mnkr.',
}) }}
with fee as (
    select
        association_id,
        fiscal_year,
        member_id,
        coalesce(sum(amount_sek) filter (where fee_event = 'invoiced'), 0) as invoiced_sek,
        coalesce(sum(amount_sek) filter (where is_decision_in_force), 0) as decided_sek,
        count(*) filter (where fee_event = 'invoiced') as invoice_count,
        sum({{ half_unit('unit', '0') }}) filter (where fee_event = 'invoiced' or is_decision_in_force) as tolerance_sek
    from {{ ref('fct_member_fee') }}
    group by 1, 2, 3
),

whole_year as (
    select distinct
        association_id,
        fiscal_year
    from {{ ref('income_statement') }}
    where completeness in ('complete', 'no_year_before')
),

-- of a year with any invoice: one that was never invoiced at all says nothing of this
judged as (
    select
        fee.*,
        whole_year.fiscal_year is not null as is_over,
        sum(fee.invoice_count) over (partition by fee.association_id, fee.fiscal_year) as year_invoice_count
    from fee
    left join whole_year
        on fee.association_id = whole_year.association_id and fee.fiscal_year = whole_year.fiscal_year
)

select
    association_id,
    sum(abs(invoiced_sek - decided_sek)) as failed_sek,
    count(*)::bigint as failed
from judged
where
    year_invoice_count > 0
    and (
        invoiced_sek - decided_sek > tolerance_sek
        or (is_over and decided_sek - invoiced_sek > tolerance_sek)
    )
group by 1
