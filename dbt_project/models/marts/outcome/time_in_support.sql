{{ config(pre_hook="set local enable_nestloop = off") }}
with counted as (
    select * from {{ ref('int_participation__by_answer') }}
    where list_code = 'time_in_support'
),

shown as (
    {{ shown_codes('time_in_support') }}
)

select
    flow.association_id::text as association_id,
    flow.fiscal_year::integer as fiscal_year,
    flow.initiative_id::text as initiative_id,
    flow.sex::text as sex,
    shown.code::text as time_in_support_code,
    listed.label_sv::text as time_in_support_name,
    flow.is_individual::boolean as is_individual,
    coalesce(counted.participant_count, 0)::integer as participant_count,
    coalesce(counted.new_count, 0)::integer as new_count,
    {{ share_of_count('coalesce(counted.participant_count, 0)', 'flow.participant_count') }} as share_of_participants
{{ join_shown('time_in_support') }}
