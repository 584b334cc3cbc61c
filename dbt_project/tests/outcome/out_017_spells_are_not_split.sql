{{ config(meta={
    'rule_id': 'OUT-017', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Den som kommer tillbaka till samma insats gör det inte inom de dagar regeln reentry_days anger.',
    'why_sv': 'Ett uppehåll på några dagar är oftast ett och samma deltagande, som då räknas två gånger och har ett avslut som aldrig var något.',
    'remedy_sv': 'Slå ihop deltagandena i registret om personen aldrig slutade; annars stämmer det.',
}) }}
with spell as (
    select
        *,
        lag(end_date) over (
            partition by association_id, person_key, initiative_identity order by start_date
        ) as earlier_end_date
    from {{ ref('int_participation__deduplicated') }}
    where is_recurring and not is_misregistered
)

select
    spell.association_id,
    count(*)::bigint as failed
from spell
inner join {{ ref('stg_rules__rules') }} as rule
    on
        spell.association_id = rule.association_id
        and rule.rule_code = 'reentry_days'
        and extract(year from spell.start_date) between rule.first_year and rule.last_year
where spell.start_date between spell.earlier_end_date and spell.earlier_end_date + rule.value_number
group by 1
