{{ config(pre_hook="set local enable_nestloop = off") }}
with answered as (
    select * from {{ ref('int_exit_measure__counted') }}
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
    flow.association_id::text as association_id,
    flow.fiscal_year::integer as fiscal_year,
    flow.initiative_id::text as initiative_id,
    flow.sex::text as sex,
    asked.measure_code::text as measure_code,
    listed.label_sv::text as measure_name,
    flow.is_individual::boolean as is_individual,
    coalesce(answered.reached_count, 0)::integer as reached_count,
    coalesce(answered.answered_count, 0)::integer as answered_count,
    flow.ended_count::integer as ended_count,
    flow.participant_count::integer as participant_count,
    coalesce(answered.named_reached_count, 0)::integer as named_reached_count,
    flow.named_ended_count::integer as named_ended_count,
    {{ share_of_count('coalesce(answered.reached_count, 0)', 'flow.ended_count') }} as share_of_ended,
    {{ share_of_count('answered.reached_count', 'answered.answered_count') }} as share_of_answered,
    {{ share_of_count('coalesce(answered.named_reached_count, 0)', 'flow.named_ended_count') }} as share_of_named,
    {{ share_of_count('coalesce(answered.reached_count, 0)', 'flow.participant_count') }} as share_of_participants
from {{ ref('participant_flow') }} as flow
inner join asked
    on
        flow.association_id = asked.association_id
        and flow.fiscal_year = asked.fiscal_year
        and flow.initiative_id = asked.initiative_id
left join answered
    on
        flow.association_id = answered.association_id
        and flow.fiscal_year = answered.fiscal_year
        and flow.initiative_id = answered.initiative_id
        and flow.sex = answered.sex
        and asked.measure_code = answered.measure_code
left join {{ ref('dim_code') }} as listed
    on
        flow.association_id = listed.association_id
        and listed.list_code = 'exit_measure'
        and asked.measure_code = listed.code
where flow.ended_count > 0
