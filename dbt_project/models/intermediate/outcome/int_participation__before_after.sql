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
        spell.occupation_before_codes,
        spell.occupation_before_totals,
        spell.occupation_after_codes,
        spell.occupation_after_totals
    {{ spells_by_year('ended') }} and not spell.is_anonymous
),

answered as (
    -- many have the very same answer: each is taken apart once
    select
        spell.association_id,
        spell.fiscal_year,
        spell.initiative_id,
        spell.sex,
        answer.list_code,
        answer.is_before,
        answer.codes,
        answer.totals,
        count(*) as spell_count
    from spell
    cross join
        lateral (
            values
            ('support', true, spell.support_before_codes, '{}'::text[]),
            ('support', false, spell.support_after_codes, '{}'::text[]),
            ('occupation', true, spell.occupation_before_codes, spell.occupation_before_totals),
            ('occupation', false, spell.occupation_after_codes, spell.occupation_after_totals)
        ) as answer (list_code, is_before, codes, totals)
    group by 1, 2, 3, 4, 5, 6, 7, 8
)

select
    answered.association_id,
    answered.fiscal_year,
    answered.initiative_id,
    answered.sex,
    answered.list_code,
    each_one.code,
    coalesce(sum(answered.spell_count) filter (where answered.is_before), 0) as before_count,
    coalesce(sum(answered.spell_count) filter (where not answered.is_before), 0) as after_count
from answered
cross join lateral unnest(answered.codes || answered.totals) as each_one (code)
group by 1, 2, 3, 4, 5, 6
