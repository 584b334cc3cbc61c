{{ config(meta={
    'rule_id': 'OUT-035', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'All offentlig statistik finns i kodlistan.',
    'why_sv': 'Okänd statistik räknas inte i något mål.',
    'remedy_sv': 'Lägg till statistikens namn som alias i kodlistan public_statistic.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('fct_public_statistic') }}
where statistic_code = 'unmapped'
group by 1
