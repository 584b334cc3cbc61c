-- How many of those who ended in a year each definition counts. A table of its own: its true size keeps the mart from
-- nested loops.
with answered as (
    -- many share all their answers: each set of them is taken apart once
    select
        spell.association_id,
        register.fiscal_year,
        spell.initiative_id,
        spell.sex,
        spell.is_anonymous,
        spell.told_measures,
        spell.reached_measures,
        count(*) as spell_count
    {{ spells_by_year('ended') }}
    group by 1, 2, 3, 4, 5, 6, 7
),

told as (
    select
        answered.*,
        each_one.measure_code,
        each_one.measure_code = any(answered.reached_measures) as is_reached
    from answered
    cross join lateral unnest(answered.told_measures) as each_one (measure_code)
)

select
    association_id,
    fiscal_year,
    initiative_id,
    sex,
    measure_code,
    sum(spell_count) as answered_count,
    coalesce(sum(spell_count) filter (where is_reached), 0) as reached_count,
    coalesce(sum(spell_count) filter (where is_reached and not is_anonymous), 0) as named_reached_count
from told
group by 1, 2, 3, 4, 5
