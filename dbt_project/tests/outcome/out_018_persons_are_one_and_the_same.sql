{{ config(meta={
    'rule_id': 'OUT-018', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'En person har samma kön och födelseår i alla sina deltaganden.',
    'why_sv': 'Personen räknas en gång, men under ett av könen; oftast är det ett felskrivet personnummer eller löpnummer och då två personer.',
    'remedy_sv': 'Jämför personens rader i registren och rätta den som är fel.',
}) }}
with person as (
    select
        association_id,
        person_key
    from {{ ref('int_participation__deduplicated') }}
    where is_recurring
    group by 1, 2
    having
        count(distinct sex) filter (where sex <> 'unknown') > 1
        or count(distinct birth_year) > 1
)

select
    association_id,
    count(*)::bigint as failed
from person
group by 1
