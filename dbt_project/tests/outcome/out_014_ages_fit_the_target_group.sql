{{ config(meta={
    'rule_id': 'OUT-014', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Varje deltagare är i målgruppens ålder när deltagandet börjar.',
    'why_sv': 'Samordnad rehabilitering är för människor i arbetsför ålder, och en insats kan ha en snävare grupp; en orimlig ålder är oftast ett felskrivet födelseår.',
    'remedy_sv': 'Rätta födelseåret, eller ange insatsens yngsta och högsta ålder i initiatives.',
}) }}
-- a birth year alone leaves two possible ages; only a spell that fits with neither is wrong
with spell as (
    select
        *,
        extract(year from start_date)::integer as start_year,
        coalesce(age_at_start, extract(year from start_date)::integer - birth_year) as highest_age,
        coalesce(age_at_start, extract(year from start_date)::integer - birth_year - 1) as lowest_age
    from {{ ref('int_participation__deduplicated') }}
    where coalesce(age_at_start, birth_year) is not null
),

rule as (
    select
        association_id,
        rule_code,
        value_number,
        first_year,
        last_year
    from {{ ref('stg_rules__rules') }}
    where rule_code in ('target_age_min', 'target_age_max')
)

select
    spell.association_id,
    count(*)::bigint as failed
from spell
left join {{ ref('stg_initiatives__initiatives') }} as initiative
    on
        spell.association_id = initiative.association_id
        and spell.initiative_id = initiative.initiative_id
        and spell.start_year between initiative.first_year and initiative.last_year
left join rule as youngest
    on
        spell.association_id = youngest.association_id
        and youngest.rule_code = 'target_age_min'
        and spell.start_year between youngest.first_year and youngest.last_year
left join rule as oldest
    on
        spell.association_id = oldest.association_id
        and oldest.rule_code = 'target_age_max'
        and spell.start_year between oldest.first_year and oldest.last_year
where
    spell.highest_age < coalesce(initiative.age_min, youngest.value_number)
    or spell.lowest_age > coalesce(initiative.age_max, oldest.value_number)
group by 1
