{{ config(meta={
    'rule_id': 'PRT-011', 'severity': 'finding', 'beside': 'published_vs_computed', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Varje cell i lagret som en tryckt siffra sägs svara mot finns.',
    'why_sv': 'Antingen är nyckeln felskriven, eller så är leveransen som siffran räknas ur inte inne; siffran är då ojämförd.',
    'remedy_sv': 'Rätta nyckeln eller kolumnen i leveransen, eller lämna den leverans som fattas.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('published_vs_computed') }}
where status = 'no_cell'
group by 1
