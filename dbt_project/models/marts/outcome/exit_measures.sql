with spell as (
    select
        spell.association_id,
        register.fiscal_year,
        spell.initiative_id,
        spell.sex,
        spell.is_anonymous,
        spell.told_measures,
        spell.reached_measures
    {{ spells_by_year('ended') }}
),

ended as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sex,
        count(*) as ended_count,
        count(*) filter (where not is_anonymous) as named_ended_count
    from spell
    group by 1, 2, 3, 4
),

answered as (
    select
        spell.association_id,
        spell.fiscal_year,
        spell.initiative_id,
        spell.sex,
        told.measure_code,
        count(*) as answered_count,
        count(*) filter (where told.measure_code = any(spell.reached_measures)) as reached_count,
        count(*) filter (
            where not spell.is_anonymous and told.measure_code = any(spell.reached_measures)
        ) as named_reached_count
    from spell
    cross join lateral unnest(spell.told_measures) as told (measure_code)
    group by 1, 2, 3, 4, 5
),

-- what one initiative was asked that year is shown for everybody in it, so that nobody is a zero and not a gap
asked as (
    select distinct
        association_id,
        fiscal_year,
        initiative_id,
        measure_code
    from answered
)

select
    ended.association_id::text as association_id,
    ended.fiscal_year::integer as fiscal_year,
    ended.initiative_id::text as initiative_id,
    ended.sex::text as sex,
    asked.measure_code::text as measure_code,
    listed.label_sv::text as measure_name,
    flow.is_individual::boolean as is_individual,
    coalesce(answered.reached_count, 0)::integer as reached_count,
    coalesce(answered.answered_count, 0)::integer as answered_count,
    ended.ended_count::integer as ended_count,
    flow.participant_count::integer as participant_count,
    coalesce(answered.named_reached_count, 0)::integer as named_reached_count,
    ended.named_ended_count::integer as named_ended_count,
    {{ share_of_count('coalesce(answered.reached_count, 0)', 'ended.ended_count') }} as share_of_ended,
    {{ share_of_count('answered.reached_count', 'answered.answered_count') }} as share_of_answered,
    {{ share_of_count('coalesce(answered.named_reached_count, 0)', 'ended.named_ended_count') }} as share_of_named,
    {{ share_of_count('coalesce(answered.reached_count, 0)', 'flow.participant_count') }} as share_of_participants
from ended
inner join asked
    on
        ended.association_id = asked.association_id
        and ended.fiscal_year = asked.fiscal_year
        and ended.initiative_id = asked.initiative_id
left join answered
    on
        ended.association_id = answered.association_id
        and ended.fiscal_year = answered.fiscal_year
        and ended.initiative_id = answered.initiative_id
        and ended.sex = answered.sex
        and asked.measure_code = answered.measure_code
left join {{ ref('participant_flow') }} as flow
    on
        ended.association_id = flow.association_id
        and ended.fiscal_year = flow.fiscal_year
        and ended.initiative_id = flow.initiative_id
        and ended.sex = flow.sex
left join {{ ref('dim_code') }} as listed
    on
        ended.association_id = listed.association_id
        and listed.list_code = 'exit_measure'
        and asked.measure_code = listed.code
