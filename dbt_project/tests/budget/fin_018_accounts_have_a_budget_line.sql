{{ config(meta={
    'rule_id': 'FIN-018', 'severity': 'finding', 'beside': 'budget_vs_actual', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Alla resultatkonton i huvudboken har en rad i räkningen budget, de år det finns en budget eller prognos.',
    'why_sv': 'Det bokförda syns som Ej kopplade poster och kan inte jämföras med budgeten.',
    'remedy_sv': 'Lägg till kontots prefix för räkningen budget i account_map, eller rätta radkoden som inte finns i report_lines.',
}) }}
select
    account.association_id,
    count(*)::bigint as failed
from {{ ref('int_account__mapped') }} as account
where
    account.budget_line_code = 'unmapped'
    and exists (
        select 1 from {{ ref('budget_vs_actual') }} as version
        where version.association_id = account.association_id and version.fiscal_year = account.fiscal_year
    )
group by 1
