with ended as (
    select
        spell.association_id,
        register.fiscal_year,
        spell.initiative_id,
        spell.sex,
        spell.exit_result_code,
        count(*) as ended_count,
        count(*) filter (where not spell.is_anonymous) as named_count
    from {{ ref('fct_participation') }} as spell
    inner join {{ ref('int_register__delivered') }} as register
        on
            spell.association_id = register.association_id
            and extract(year from spell.end_date) = register.fiscal_year
    where not spell.is_misregistered
    group by 1, 2, 3, 4, 5
)

select
    ended.association_id::text as association_id,
    ended.fiscal_year::integer as fiscal_year,
    ended.initiative_id::text as initiative_id,
    ended.sex::text as sex,
    ended.exit_result_code::text as exit_result_code,
    result.label_sv::text as exit_result_name,
    result.exit_group_code::text as exit_group_code,
    initiative.is_individual::boolean as is_individual,
    ended.ended_count::integer as ended_count,
    {{ share_of_count('ended.ended_count', 'sum(ended.ended_count) over among') }} as share_of_ended,
    ended.named_count::integer as named_count,
    {{ share_of_count('ended.named_count', 'sum(ended.named_count) over among') }} as share_of_named,
    {{ share_of_count('ended.ended_count', 'flow.participant_count') }} as share_of_participants
from ended
left join {{ ref('participant_flow') }} as flow
    on
        ended.association_id = flow.association_id
        and ended.fiscal_year = flow.fiscal_year
        and ended.initiative_id = flow.initiative_id
        and ended.sex = flow.sex
left join {{ ref('dim_exit_result') }} as result
    on ended.association_id = result.association_id and ended.exit_result_code = result.exit_result_code
left join {{ ref('dim_initiative') }} as initiative
    on
        ended.association_id = initiative.association_id
        and ended.initiative_id = initiative.initiative_id
        and ended.fiscal_year between initiative.first_year and initiative.last_year
window among as (partition by ended.association_id, ended.fiscal_year, ended.initiative_id, ended.sex)
