{{ config(meta={
    'rule_id': 'FIN-044', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Noterna specificerar hela sina rader.',
    'why_sv': 'Det som ingen rad i noten nämner går inte att förklara för läsaren.',
    'remedy_sv': 'Lägg till kontots prefix i account_map (räkningen noter), eller förklara beloppet; det står på notens rad för ej specificerat.',
}) }}
select
    association_id,
    sum(abs(amount_sek)) as failed_sek,
    count(*)::bigint as failed
from {{ ref('statement_notes') }}
where line_code = {{ unspecified_line('note_code') }} and amount_sek <> 0
group by 1
