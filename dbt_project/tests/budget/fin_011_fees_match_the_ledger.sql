{{ config(meta={
    'rule_id': 'FIN-011', 'severity': 'finding', 'beside': 'member_fee_shares', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Beslutade avgifter är lika med bokförda medlemsavgifter.',
    'why_sv': 'Skiljer de sig är en avgift inte bokförd, eller bokförd på fel konto eller år.',
    'remedy_sv': 'Jämför medlemsavgifterna med kontona på raden member_fees. Tolerans: en halv enhet per avgift i tkr eller mnkr.',
}) }}
with decided as (
    select
        association_id,
        fiscal_year,
        sum(amount_sek) as amount_sek,
        sum({{ half_unit('unit', '0') }}) as tolerance_sek
    from {{ ref('fct_member_fee') }}
    where is_decision_in_force
    group by 1, 2
),

booked as (
    select
        association_id,
        fiscal_year,
        sum(amount_sek) filter (where line_code = 'member_fees') as amount_sek
    from {{ ref('income_statement') }}
    group by 1, 2
)

select
    decided.association_id,
    sum(abs(decided.amount_sek - coalesce(booked.amount_sek, 0))) as failed_sek,
    count(*)::bigint as failed
from decided
inner join booked on decided.association_id = booked.association_id and decided.fiscal_year = booked.fiscal_year
where abs(decided.amount_sek - coalesce(booked.amount_sek, 0)) > decided.tolerance_sek
group by 1
