{{ config(meta={
    'rule_id': 'FIN-010', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Det förbundet säger om taket för eget kapital stämmer med beräkningen.',
    'why_sv': 'Läsaren ska se både det uppgivna och det beräknade.',
    'remedy_sv': 'Jämför underlaget för taket (tilldelade medel, andel) med det årsredovisningen använder.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('own_capital') }}
where not is_claim_confirmed
group by 1
