{{ config(meta={
    'rule_id': 'OUT-022', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Förbundets totaler rymmer alla deltaganden, och varje person precis en gång.',
    'why_sv': 'Räknas någon två gånger redovisas fler människor än det var.',
    'remedy_sv': 'Jämför participant_totals med int_participation__deduplicated för året.',
}) }}
with stay as (
    -- each person once for the same years: then every year asks for numbers only
    select
        association_id,
        person_key,
        extract(year from start_date)::integer as first_year,
        coalesce(extract(year from end_date)::integer, 9999) as last_year,
        count(*) as spell_count
    from {{ ref('int_participation__deduplicated') }}
    where not is_misregistered
    group by 1, 2, 3, 4
),

person as (
    select
        stay.association_id,
        register.fiscal_year,
        sum(stay.spell_count) as participant_count,
        count(distinct stay.person_key) as person_count
    from stay
    inner join {{ ref('int_register__delivered') }} as register
        on
            stay.association_id = register.association_id
            and register.fiscal_year between stay.first_year and stay.last_year
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
