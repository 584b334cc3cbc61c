{{ config(meta={
    'rule_id': 'FIN-080', 'severity': 'finding', 'beside': 'budget_vs_actual', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'En version av ett år (slag, dag och handling) kommer ur en enda leverans.',
    'why_sv': 'Står den i två gällande leveranser, en med en rad per år och en med en kolumn per år, räknas pengarna två gånger.',
    'remedy_sv': 'Dra tillbaka den ena leveransen (finsam withdraw), eller ge handlingarna olika namn i Handling.',
}) }}
with version as (
    select
        association_id,
        fiscal_year,
        version
    from {{ ref('fct_budget_line') }}
    group by 1, 2, 3
    having count(distinct _delivery_id) > 1
)

select
    association_id,
    count(*)::bigint as failed
from version
group by 1
