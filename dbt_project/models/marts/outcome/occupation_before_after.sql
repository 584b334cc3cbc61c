{{ config(pre_hook="set local enable_nestloop = off") }}
with counted as (
    select * from {{ ref('int_participation__before_after') }}
    where list_code = 'occupation'
),

shown as (
    {{ shown_codes('occupation') }}
    union
    select
        counted.association_id,
        counted.fiscal_year,
        counted.initiative_id,
        total.code
    from counted
    cross join (values ('any_work_or_studies'), ('both_work_and_studies')) as total (code)
    where counted.code <> 'not_stated'
)

select
    flow.association_id::text as association_id,
    flow.fiscal_year::integer as fiscal_year,
    flow.initiative_id::text as initiative_id,
    flow.sex::text as sex,
    shown.code::text as occupation_code,
    listed.label_sv::text as occupation_name,
    (shown.code in ('any_work_or_studies', 'both_work_and_studies'))::boolean as is_total,
    flow.is_individual::boolean as is_individual,
    flow.named_ended_count::integer as ended_count,
    coalesce(counted.before_count, 0)::integer as before_count,
    coalesce(counted.after_count, 0)::integer as after_count,
    (coalesce(counted.after_count, 0) - coalesce(counted.before_count, 0))::integer as count_change,
    {{ share_of_count('coalesce(counted.before_count, 0)', 'flow.named_ended_count') }} as before_share,
    {{ share_of_count('coalesce(counted.after_count, 0)', 'flow.named_ended_count') }} as after_share,
    {{ share_of_count('(counted.after_count - counted.before_count)', 'counted.before_count') }} as change_share
{{ join_shown('occupation') }}
where flow.named_ended_count > 0
