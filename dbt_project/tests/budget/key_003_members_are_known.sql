{{ config(meta={
    'rule_id': 'KEY-003', 'severity': 'finding', 'beside': 'member_fee_shares', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Alla medlemmar i avgiftsfilen finns i medlemsregistret det året.',
    'why_sv': 'Avgiften syns som Ej kopplad medlem och ingår inte i fördelningen.',
    'remedy_sv': 'Lägg till medlemmen, eller namnet som alias, i members.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_member_fee__resolved') }}
where member_id = 'unmapped'
group by 1
