-- What those who ended in a year had before and after, one code at a time; the anonymous are told nothing of.
-- A table of its own: its true size keeps the marts from nested loops.
with spell as (
    select
        spell.association_id,
        register.fiscal_year,
        spell.initiative_id,
        spell.sex,
        spell.support_before_codes,
        spell.support_after_codes,
        spell.occupation_before_codes || spell.occupation_before_totals as occupation_before_codes,
        spell.occupation_after_codes || spell.occupation_after_totals as occupation_after_codes
    {{ spells_by_year('ended') }} and not spell.is_anonymous
)

select
    spell.association_id,
    spell.fiscal_year,
    spell.initiative_id,
    spell.sex,
    answer.list_code,
    each_one.code,
    sum(answer.before_count) as before_count,
    sum(1 - answer.before_count) as after_count
from spell
cross join
    lateral (
        values
        ('support', 1, spell.support_before_codes),
        ('support', 0, spell.support_after_codes),
        ('occupation', 1, spell.occupation_before_codes),
        ('occupation', 0, spell.occupation_after_codes)
    ) as answer (list_code, before_count, codes)
cross join lateral unnest(answer.codes) as each_one (code)
group by 1, 2, 3, 4, 5, 6
