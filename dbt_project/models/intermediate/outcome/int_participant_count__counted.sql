-- What each delivered count counts towards in its year, so that nobody is counted twice: the longest periods rule, the
-- split by sex goes before the sum of all, and who took part is the first period's participants and those new after it.
with told as (
    select * from {{ ref('int_participant_count__resolved') }}
),

basis as (
    select
        told.*,
        not {{ is_told_by_a_longer('told', 'told', [
            'association_id', 'initiative_identity', 'fiscal_year', 'measure', 'exit_result_key'
        ]) }}
        and not (
            told.sex = 'all'
            and exists (
                select 1 from told as split
                where
                    split.association_id = told.association_id
                    and split.initiative_identity = told.initiative_identity
                    and split.reported_period = told.reported_period
                    and split.measure = told.measure
                    and split.exit_result_key is not distinct from told.exit_result_key
                    and split.sex <> 'all'
            )
        ) as is_counted
    from told
),

counted as (
    select
        *,
        min(period_end_date) filter (where measure = 'participants') over of_year as first_end_date,
        max(period_end_date) filter (where measure = 'remaining') over of_year as last_end_date
    from basis
    where is_counted
    window of_year as (partition by association_id, initiative_identity, fiscal_year)
),

placed as (
    select
        counted._delivery_id,
        counted._row_number,
        array_remove(array[
            case
                when counted.measure = 'participants' and counted.period_end_date = counted.first_end_date
                    then 'participants'
                when counted.measure = 'new' and counted.period_start_date > counted.first_end_date then 'participants'
            end,
            case when counted.measure = 'new' then 'new' end,
            case
                when counted.measure = 'ended' and counted.exit_result_key is null then 'ended'
                -- results are all who ended only where nobody says how many that is
                when counted.measure = 'ended' and not exists (
                        select 1 from basis as all_ended
                        where
                            all_ended.is_counted
                            and all_ended.association_id = counted.association_id
                            and all_ended.initiative_identity = counted.initiative_identity
                            and all_ended.measure = 'ended'
                            and all_ended.exit_result_key is null
                            and all_ended.period_start_date <= counted.period_end_date
                            and all_ended.period_end_date >= counted.period_start_date
                    ) then 'ended'
            end,
            case when counted.measure = 'ended' and counted.exit_result_key is not null then 'exit_result' end,
            case
                when counted.measure = 'remaining' and counted.period_end_date = counted.last_end_date then 'remaining'
            end
        ], null) as counts_towards
    from counted
)

select
    basis.association_id,
    basis.fiscal_year,
    basis.reported_period,
    basis.initiative_id,
    basis.sex,
    basis.measure,
    basis.exit_result_code,
    basis.reported_count,
    basis.counted_as,
    basis.is_counted,
    basis._delivery_id,
    basis._row_number,
    coalesce(placed.counts_towards, array[]::text[]) as counts_towards
from basis
left join placed on basis._delivery_id = placed._delivery_id and basis._row_number = placed._row_number
