{{ config(pre_hook="set local enable_nestloop = off") }}
with counted as (
    select * from {{ ref('int_participation__by_answer') }}
    where list_code = 'education'
),

shown as (
    {{ shown_codes('education') }}
)

select
    flow.association_id::text as association_id,
    flow.fiscal_year::integer as fiscal_year,
    flow.initiative_id::text as initiative_id,
    flow.sex::text as sex,
    shown.code::text as education_code,
    listed.label_sv::text as education_name,
    flow.is_individual::boolean as is_individual,
    coalesce(counted.participant_count, 0)::integer as participant_count,
    coalesce(counted.new_count, 0)::integer as new_count,
    {{ share_of_count('coalesce(counted.participant_count, 0)', 'flow.participant_count') }} as share_of_participants
{{ join_shown('education') }}
