{{ config(meta={
    'rule_id': 'OUT-006', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Ett deltagande som inte är avslutat står också i nästa års register.',
    'why_sv': 'Annars räknas personen som deltagare år efter år utan att någon vet om det stämmer.',
    'remedy_sv': 'Avsluta deltagandet, eller ta med det i det nya registret.',
}) }}
select
    spell.association_id,
    count(*)::bigint as failed
from {{ ref('int_participation__deduplicated') }} as spell
where
    spell.end_date is null
    and exists (
        select 1 from {{ ref('int_register__delivered') }} as register
        where register.association_id = spell.association_id and register.fiscal_year > spell.register_year
    )
group by 1
