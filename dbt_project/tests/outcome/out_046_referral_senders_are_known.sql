{{ config(meta={
    'rule_id': 'OUT-046', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Alla avsändare av remisser finns i kodlistan.',
    'why_sv': 'Den som sände remissen syns som ej tolkad och kan inte jämföras med registrets remittent.',
    'remedy_sv': 'Lägg till texten som alias i kodlistan referrer, eller rätta den i listan över remisser.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_referral__resolved') }}
where referrer_code = 'unmapped'
group by 1
