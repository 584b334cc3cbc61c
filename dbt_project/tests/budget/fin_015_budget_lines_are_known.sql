{{ config(meta={
    'rule_id': 'FIN-015', 'severity': 'finding', 'beside': 'budget_vs_actual', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Alla poster i budgetar och prognoser finns i räkningen budget.',
    'why_sv': 'Beloppet syns som Ej kopplade poster, räknas som en kostnad och kan inte jämföras med det bokförda.',
    'remedy_sv': 'Lägg till posten som rad, eller som annat namn på en rad, i report_lines.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('fct_budget_line') }}
where line_code = 'unmapped'
group by 1
