{{ config(meta={
    'rule_id': 'OUT-008', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Inga deltaganden är felregistrerade.',
    'why_sv': 'Felregistrerade deltaganden räknas inte i något mått.',
    'remedy_sv': 'Ta bort raden ur registret om personen aldrig deltog.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }}
where is_misregistered
group by 1
