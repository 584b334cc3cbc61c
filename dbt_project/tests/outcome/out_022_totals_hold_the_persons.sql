{{ config(meta={
    'rule_id': 'OUT-022', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Förbundets totaler rymmer alla deltaganden, och varje person precis en gång.',
    'why_sv': 'Räknas någon två gånger redovisas fler människor än det var.',
    'remedy_sv': 'Jämför participant_totals med int_participation__deduplicated för året.',
}) }}
with person as (
    select
        spell.association_id,
        register.fiscal_year,
        count(*) as participant_count,
        count(distinct spell.person_key) as person_count
    from {{ ref('int_participation__deduplicated') }} as spell
    inner join {{ ref('int_register__delivered') }} as register
        on
            spell.association_id = register.association_id
            and register.fiscal_year between extract(year from spell.start_date)
            and coalesce(extract(year from spell.end_date), 9999)
    where not spell.is_misregistered
    group by 1, 2
),

shown as (
    select
        association_id,
        fiscal_year,
        sum(participant_count) as participant_count,
        sum(person_count) as person_count
    from {{ ref('participant_totals') }}
    where counted_over = 'all'
    group by 1, 2
)

select
    coalesce(person.association_id, shown.association_id) as association_id,
    count(*)::bigint as failed
from person
full outer join shown on person.association_id = shown.association_id and person.fiscal_year = shown.fiscal_year
where (person.participant_count, person.person_count) is distinct from (shown.participant_count, shown.person_count)
group by 1
