-- What the register and the delivered counts say of an initiative's participants, side by side. An initiative that
-- stands in the year's register is counted by it alone.
with exit_group as (
    select
        association_id,
        exit_result_code,
        exit_group_code
    from {{ ref('dim_exit_result') }}
),

registered as (
    select
        spell.association_id,
        register.fiscal_year,
        spell.initiative_id,
        spell.sex,
        count(*) as participant_count,
        count(*) filter (where extract(year from spell.start_date) = register.fiscal_year) as new_count,
        count(*) filter (where extract(year from spell.end_date) = register.fiscal_year) as ended_count,
        count(*) filter (
            where extract(year from spell.end_date) = register.fiscal_year and exit_group.exit_group_code = 'work'
        ) as work_count,
        count(*) filter (
            where extract(year from spell.end_date) = register.fiscal_year and exit_group.exit_group_code = 'studies'
        ) as studies_count,
        count(*) filter (
            where
            extract(year from spell.end_date) = register.fiscal_year
            and exit_group.exit_group_code = 'work_or_studies'
        ) as either_count
    {% call spells_by_year('in_year') %}
    left join exit_group
        on spell.association_id = exit_group.association_id and spell.exit_result_code = exit_group.exit_result_code
    {% endcall %}
    group by 1, 2, 3, 4
),

delivered as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sex,
        sum(reported_count) filter (where 'participants' = any(counts_towards)) as participant_count,
        sum(reported_count) filter (where 'new' = any(counts_towards)) as new_count,
        sum(reported_count) filter (where 'ended' = any(counts_towards)) as ended_count,
        sum(reported_count) filter (where 'remaining' = any(counts_towards)) as remaining_count,
        sum(reported_count) filter (where 'exit_result' = any(counts_towards) and exit_group_code = 'work')
            as work_count,
        sum(reported_count) filter (where 'exit_result' = any(counts_towards) and exit_group_code = 'studies')
            as studies_count,
        sum(reported_count) filter (where 'exit_result' = any(counts_towards) and exit_group_code = 'work_or_studies')
            as either_count,
        count(*) filter (where 'exit_result' = any(counts_towards)) as result_row_count,
        bool_or(is_hidden) as is_hidden
    from {{ ref('fct_participant_count') }}
    where counts_towards <> '{}'
    group by 1, 2, 3, 4
)

select
    coalesce(registered.association_id, delivered.association_id) as association_id,
    coalesce(registered.fiscal_year, delivered.fiscal_year) as fiscal_year,
    coalesce(registered.initiative_id, delivered.initiative_id) as initiative_id,
    coalesce(registered.sex, delivered.sex) as sex,
    case
        when
            bool_or(registered.sex is not null) over (
                partition by
                    coalesce(registered.association_id, delivered.association_id),
                    coalesce(registered.fiscal_year, delivered.fiscal_year),
                    coalesce(registered.initiative_id, delivered.initiative_id)
            )
            then 'register'
        else 'counts'
    end as source,
    coalesce(registered.participant_count, 0) as register_participant_count,
    coalesce(registered.new_count, 0) as register_new_count,
    coalesce(registered.ended_count, 0) as register_ended_count,
    coalesce(registered.work_count, 0) as register_work_count,
    coalesce(registered.studies_count, 0) as register_studies_count,
    coalesce(registered.either_count, 0) as register_either_count,
    delivered.participant_count as delivered_participant_count,
    delivered.new_count as delivered_new_count,
    delivered.ended_count as delivered_ended_count,
    delivered.remaining_count as delivered_remaining_count,
    delivered.work_count as delivered_work_count,
    delivered.studies_count as delivered_studies_count,
    delivered.either_count as delivered_either_count,
    coalesce(delivered.result_row_count, 0) as result_row_count,
    coalesce(delivered.is_hidden, false) as is_hidden
from registered
full outer join delivered
    on
        registered.association_id = delivered.association_id
        and registered.fiscal_year = delivered.fiscal_year
        and registered.initiative_id = delivered.initiative_id
        and registered.sex = delivered.sex
