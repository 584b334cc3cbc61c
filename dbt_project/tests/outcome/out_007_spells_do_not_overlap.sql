{{ config(meta={
    'rule_id': 'OUT-007', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'En person har inte två deltaganden i samma insats samtidigt.',
    'why_sv': 'Samma deltagande räknas då två gånger.',
    'remedy_sv': 'Slå ihop deltagandena eller rätta datumen i registret.',
}) }}
with spell as (
    select
        *,
        lag(coalesce(end_date, 'infinity')) over (
            partition by association_id, person_key, initiative_identity order by start_date
        ) as earlier_end_date
    from {{ ref('int_participation__deduplicated') }}
    where is_recurring
)

select
    association_id,
    count(*)::bigint as failed
from spell
where start_date < earlier_end_date
group by 1
