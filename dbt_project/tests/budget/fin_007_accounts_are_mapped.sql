{{ config(meta={
    'rule_id': 'FIN-007', 'severity': 'finding', 'beside': 'income_statement', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Alla konton i huvudboken är kopplade till en rad i räkningarna.',
    'why_sv': 'Beloppet syns som Ej kopplade konton och kan inte jämföras med andra år.',
    'remedy_sv': 'Lägg till kontots prefix i account_map, eller rätta radkoden som inte finns i report_lines.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_account__mapped') }}
where not is_mapped
group by 1
