{{ config(meta={
    'rule_id': 'OUT-054', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Kostnaden per insats är insatsens pengar på underlaget, och alla insatser tillsammans är hela underlaget.',
    'why_sv': 'En insats som faller bort gör förbundets kostnad per resultat för låg.',
    'remedy_sv': 'Jämför cost_per_result med int_initiative__funded för året och underlaget.',
}) }}
with shown as (
    select
        association_id,
        fiscal_year,
        sum(cost_sek) filter (where basis = 'booked') as booked_sek,
        sum(cost_sek) filter (where basis = 'claimed') as claimed_sek,
        sum(cost_sek) filter (where basis = 'claimed_and_own') as claimed_and_own_sek,
        sum(cost_sek) filter (where basis = 'granted') as granted_sek
    from {{ ref('cost_per_result') }}
    where level = 'initiative'
    group by 1, 2
),

funding as (
    select
        association_id,
        fiscal_year,
        coalesce(sum(value) filter (where measure = 'booked'), 0) as booked_sek,
        coalesce(sum(value) filter (where measure = 'claimed'), 0) as claimed_sek,
        coalesce(
            sum(value) filter (where measure in ('claimed', 'claimed_own_financing', 'claimed_in_kind')), 0
        ) as claimed_and_own_sek,
        coalesce(sum(value) filter (where measure = 'granted'), 0) as granted_sek
    from {{ ref('int_initiative__funded') }}
    group by 1, 2
)

select
    funding.association_id,
    count(*)::bigint as failed
from funding
left join shown on funding.association_id = shown.association_id and funding.fiscal_year = shown.fiscal_year
where
    (funding.booked_sek, funding.claimed_sek, funding.claimed_and_own_sek, funding.granted_sek)
    is distinct from (shown.booked_sek, shown.claimed_sek, shown.claimed_and_own_sek, shown.granted_sek)
group by 1
