{{ config(meta={
    'rule_id': 'OUT-034', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla indikatorer och steg i mätningarna finns i kodlistorna.',
    'why_sv': 'En okänd indikator räknas inte i något mål, och ett okänt steg kan inte jämföras med ett annat.',
    'remedy_sv': 'Lägg till indikatorn i kodlistan progress_indicator, eller steget i trappans egen lista.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_progress__resolved') }}
where indicator_code = 'unmapped' or answer_code = 'unmapped'
group by 1
