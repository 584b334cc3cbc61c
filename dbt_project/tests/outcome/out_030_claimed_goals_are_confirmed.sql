{{ config(meta={
    'rule_id': 'OUT-030', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Det förbundet säger om sina mål stämmer med beräkningen.',
    'why_sv': 'Läsaren ska se både det uppgivna och det beräknade, och var de skiljer sig.',
    'remedy_sv': 'Jämför måttet, nämnaren och tröskeln i goals.csv med det redovisningen bygger på.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('goal_attainment') }}
where not is_claim_confirmed
group by 1
