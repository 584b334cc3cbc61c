{{ config(meta={
    'rule_id': 'OUT-005', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Varje deltagande rör ett år som det finns ett register för.',
    'why_sv': 'Ett deltagande utanför alla registrens år räknas inte någonstans.',
    'remedy_sv': 'Rätta datumen, eller lämna registret för det år deltagandet hör till.',
}) }}
select
    spell.association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }} as spell
where
    not exists (
        select 1 from {{ ref('int_register__delivered') }} as register
        where
            register.association_id = spell.association_id
            and register.fiscal_year between extract(year from spell.start_date)
            and coalesce(extract(year from spell.end_date), 9999)
    )
group by 1
