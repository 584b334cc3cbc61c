{{ config(meta={
    'rule_id': 'OUT-001', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Kvinnor, män och okänt kön summerar till alla deltagare i årets register.',
    'why_sv': 'Saknas en grupp är totalen fel i varje sammanställning.',
    'remedy_sv': 'Jämför participant_flow med fct_participation för året och insatsen.',
}) }}
with spell as (
    {{ participants_recounted() }}
),

shown as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sum(participant_count) as participant_count,
        sum(new_count) as new_count,
        sum(ended_count) as ended_count
    from {{ ref('participant_flow') }}
    where sex in ('female', 'male', 'unknown')
    group by 1, 2, 3
)

select
    coalesce(spell.association_id, shown.association_id) as association_id,
    count(*)::bigint as failed
from spell
full outer join shown
    on
        spell.association_id = shown.association_id
        and spell.fiscal_year = shown.fiscal_year
        and spell.initiative_id = shown.initiative_id
where
    (spell.participant_count, spell.new_count, spell.ended_count)
    is distinct from (shown.participant_count, shown.new_count, shown.ended_count)
group by 1
