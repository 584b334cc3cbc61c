{{ config(meta={
    'rule_id': 'OUT-045', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla mottagare av remisser finns bland insatserna eller i kodlistan.',
    'why_sv': 'Remisserna syns under Ej kopplad insats och inte hos den som tog emot dem.',
    'remedy_sv': 'Lägg till namnet som alias i initiatives, eller i kodlistan referral_destination om mottagaren inte är en insats.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_referral__resolved') }}
where destination_code = 'unmapped'
group by 1
