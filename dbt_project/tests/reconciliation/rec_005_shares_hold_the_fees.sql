{{ config(meta={
    'rule_id': 'REC-005', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Raderna i member_fee_shares rymmer tillsammans hela den beslutade avgiften, på öret.',
    'why_sv': 'En medlem som faller bort gör fördelningen fel för alla.',
    'remedy_sv': 'Jämför fct_member_fee (is_decision_in_force) med member_fee_shares per medlem.',
}) }}
with decided as (
    select
        association_id,
        fiscal_year,
        sum(amount_sek) as amount_sek
    from {{ ref('fct_member_fee') }}
    where is_decision_in_force
    group by 1, 2
),

shown as (
    select
        association_id,
        fiscal_year,
        sum(decided_sek) as amount_sek
    from {{ ref('member_fee_shares') }}
    group by 1, 2
)

select
    decided.association_id,
    count(*)::bigint as failed
from decided
left join shown on decided.association_id = shown.association_id and decided.fiscal_year = shown.fiscal_year
where decided.amount_sek <> coalesce(shown.amount_sek, 0)
group by 1
