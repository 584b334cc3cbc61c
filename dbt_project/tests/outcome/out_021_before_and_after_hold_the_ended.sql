{{ config(meta={
    'rule_id': 'OUT-021', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Tabellerna före och efter rymmer varje uppgift om dem som avslutats och inte är anonyma.',
    'why_sv': 'Saknas en rad är förändringen fel, utan att något syns.',
    'remedy_sv': 'Jämför support_before_after och occupation_before_after med fct_participation för året och insatsen.',
}) }}
with both_tables as (
    select
        association_id,
        fiscal_year,
        before_count,
        after_count
    from {{ ref('support_before_after') }}
    union all
    select
        association_id,
        fiscal_year,
        before_count,
        after_count
    from {{ ref('occupation_before_after') }}
    where not is_total
),

shown as (
    select
        association_id,
        fiscal_year,
        sum(before_count) as before_count,
        sum(after_count) as after_count
    from both_tables
    group by 1, 2
),

told as (
    select
        spell.association_id,
        register.fiscal_year,
        sum(cardinality(spell.support_before_codes) + cardinality(spell.occupation_before_codes)) as before_count,
        sum(cardinality(spell.support_after_codes) + cardinality(spell.occupation_after_codes)) as after_count
    {{ spells_by_year('ended') }} and not spell.is_anonymous
    group by 1, 2
)

select
    coalesce(told.association_id, shown.association_id) as association_id,
    count(*)::bigint as failed
from told
full outer join shown on told.association_id = shown.association_id and told.fiscal_year = shown.fiscal_year
where (told.before_count, told.after_count) is distinct from (shown.before_count, shown.after_count)
group by 1
