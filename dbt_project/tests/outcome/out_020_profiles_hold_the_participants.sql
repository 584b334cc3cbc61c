{{ config(meta={
    'rule_id': 'OUT-020', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Utbildning och tid i försörjning summerar till deltagarna i participant_flow, per insats och kön.',
    'why_sv': 'Saknas någon är alla andelar fel.',
    'remedy_sv': 'Jämför education_profile och time_in_support med participant_flow för året, insatsen och könet.',
}) }}
with shown as (
    {%- for profile in ['education_profile', 'time_in_support'] %}
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
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

expected as (
    select
        profile.profile,
        flow.association_id,
        flow.fiscal_year,
        flow.initiative_id,
        flow.sex,
        flow.participant_count,
        flow.new_count
    from {{ ref('participant_flow') }} as flow
    cross join (values ('education_profile'), ('time_in_support')) as profile (profile)
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
