{{ config(meta={
    'rule_id': 'FIN-019', 'severity': 'finding', 'beside': 'budget_vs_actual', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Alla insatser och insatsägare i budgetar och prognoser finns i registren det året.',
    'why_sv': 'Beloppet räknas, men ingen ser vilken insats eller part det gäller.',
    'remedy_sv': 'Lägg till insatsen i initiatives eller parten i members, eller namnet som annat namn.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('fct_budget_line') }}
where 'unmapped' in (initiative_id, party_id)
group by 1
