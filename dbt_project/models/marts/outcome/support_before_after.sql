with {{ ended_before_and_after('spell.support_before_codes', 'spell.support_after_codes') }},

shown as (
    {{ shown_codes('support') }}
)

select
    among.association_id::text as association_id,
    among.fiscal_year::integer as fiscal_year,
    among.initiative_id::text as initiative_id,
    among.sex::text as sex,
    shown.code::text as support_code,
    listed.label_sv::text as support_name,
    initiative.is_individual::boolean as is_individual,
    among.ended_count::integer as ended_count,
    coalesce(counted.before_count, 0)::integer as before_count,
    coalesce(counted.after_count, 0)::integer as after_count,
    (coalesce(counted.after_count, 0) - coalesce(counted.before_count, 0))::integer as change_count,
    {{ share_of_count('coalesce(counted.before_count, 0)', 'among.ended_count') }} as before_share,
    {{ share_of_count('coalesce(counted.after_count, 0)', 'among.ended_count') }} as after_share,
    {{ share_of_count('(counted.after_count - counted.before_count)', 'counted.before_count') }} as change_share
{{ join_shown('support') }}
