{{ config(meta={
    'rule_id': 'OUT-020', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Utbildning, tid i försörjning, ålder och remittenter summerar till årets deltaganden, per insats och kön.',
    'why_sv': 'Saknas någon är alla andelar fel.',
    'remedy_sv': 'Jämför education_profile, time_in_support, age_profile och referrer_profile med fct_participation för året, insatsen och könet.',
}) }}
{%- set profiles = ['education_profile', 'time_in_support', 'age_profile', 'referrer_profile'] %}
with shown as (
    {%- for profile in profiles %}
        select
            '{{ profile }}' as profile,
            association_id,
            fiscal_year,
            initiative_id,
            sex,
            sum(participant_count) as participant_count,
            sum(new_count) as new_count
        from {{ ref(profile) }}
        group by 1, 2, 3, 4, 5
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

spell as (
    select
        spell.association_id,
        register.fiscal_year,
        spell.initiative_id,
        spell.sex,
        count(*) as participant_count,
        count(*) filter (where extract(year from spell.start_date) = register.fiscal_year) as new_count
    {{ spells_by_year('in_year') }}
    group by 1, 2, 3, 4
),

expected as (
    select
        profile.profile,
        spell.*
    from spell
    cross join (
        values
        {%- for profile in profiles %}
            ('{{ profile }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as profile (profile)
)

select
    coalesce(expected.association_id, shown.association_id) as association_id,
    count(*)::bigint as failed
from expected
full outer join shown
    on
        expected.profile = shown.profile
        and expected.association_id = shown.association_id
        and expected.fiscal_year = shown.fiscal_year
        and expected.initiative_id = shown.initiative_id
        and expected.sex = shown.sex
where (expected.participant_count, expected.new_count) is distinct from (shown.participant_count, shown.new_count)
group by 1
