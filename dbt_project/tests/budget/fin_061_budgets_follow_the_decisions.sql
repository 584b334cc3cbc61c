{{ config(meta={
    'rule_id': 'FIN-061', 'severity': 'finding', 'beside': 'budget_decisions', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Det en budget eller plan räknar som beslutat för en insats ett år är det styrelsen hade beviljat för året när handlingen gjordes.',
    'why_sv': 'Skiljer de sig lovar budgeten något annat än det som är beslutat, och beslutsutrymmet blir fel.',
    'remedy_sv': 'Båda beloppen står i budget_decisions. Är ett beslut ändrat, lämna det; annars rätta raden i handlingen. Prognoser får skilja sig. Tolerans: en halv enhet per rad och beslut.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('budget_decisions') }}
where status = 'differs'
group by 1
