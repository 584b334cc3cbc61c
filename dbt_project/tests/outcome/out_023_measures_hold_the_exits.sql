{{ config(meta={
    'rule_id': 'OUT-023', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Definitionerna i exit_measures räknar varje avslut som de ska räkna.',
    'why_sv': 'Saknas en rad är andelen till arbete eller egen försörjning fel.',
    'remedy_sv': 'Jämför exit_measures med fct_participation för året och insatsen.',
}) }}
with shown as (
    select
        association_id,
        fiscal_year,
        sum(answered_count) as answered_count,
        sum(reached_count) as reached_count
    from {{ ref('exit_measures') }}
    group by 1, 2
),

told as (
    select
        spell.association_id,
        register.fiscal_year,
        sum(cardinality(spell.told_measures)) as answered_count,
        sum(cardinality(spell.reached_measures)) as reached_count
    {{ spells_by_year('ended') }} and cardinality(spell.told_measures) > 0
    group by 1, 2
)

select
    coalesce(told.association_id, shown.association_id) as association_id,
    count(*)::bigint as failed
from told
full outer join shown on told.association_id = shown.association_id and told.fiscal_year = shown.fiscal_year
where (told.answered_count, told.reached_count) is distinct from (shown.answered_count, shown.reached_count)
group by 1
