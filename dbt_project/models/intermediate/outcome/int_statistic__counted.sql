-- What of the statistics adds up to one value a year for the association: no total beside its own parts, one period or
-- the mean of several, and a rate (which cannot be added) only where there is one.
with stood as (
    select
        told.*,
        listed.group_code = 'rate' as is_rate,
        bool_or(told.sex = 'total') over one_place as has_both_sexes,
        bool_or(told.age is null) over one_place as has_all_ages
    from {{ ref('int_statistic__resolved') }} as told
    left join {{ ref('stg_code_lists__codes') }} as listed
        on
            listed.list_code = 'public_statistic'
            and told.association_id = listed.association_id
            and told.statistic_code = listed.code
    where
        told.is_in_force and told.statistic_code <> 'unmapped'
        and told.municipality_code is not null and told.value is not null
    window one_place as (
        partition by told.association_id, told.statistic_code, told.municipality_code, told.statistic_period
    )
),

whole as (
    select
        *,
        bool_or(statistic_period = statistic_year::text) over one_year as has_year,
        count(*) over (partition by association_id, statistic_code, statistic_period) as value_count
    from stood
    where has_both_sexes = (sex = 'total') and has_all_ages = (age is null)
    window one_year as (partition by association_id, statistic_code, statistic_year)
),

period as (
    select
        association_id,
        statistic_code,
        statistic_year,
        count(distinct statistic_period) as period_count
    from whole
    where has_year = (statistic_period = statistic_year::text)
    group by 1, 2, 3
)

select
    whole._delivery_id,
    whole._row_number,
    (whole.value / period.period_count)::numeric(18, 6) as counted_value
from whole
inner join period
    on
        whole.association_id = period.association_id
        and whole.statistic_code = period.statistic_code
        and whole.statistic_year = period.statistic_year
where
    whole.has_year = (whole.statistic_period = whole.statistic_year::text)
    and not (coalesce(whole.is_rate, false) and whole.value_count > 1)
