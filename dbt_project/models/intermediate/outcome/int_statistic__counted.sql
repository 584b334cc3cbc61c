-- What of the statistics adds up to one value a year for the association: no total beside its own parts, no age twice,
-- one period or the mean of several, and a rate (which cannot be added) only where there is one.
{%- set oldest = 999 %}
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
        max(coalesce(age_to, {{ oldest }})) over younger_or_wider as age_reached
    from stood
    where has_both_sexes = (sex = 'total') and has_all_ages = (age is null)
    window
        one_year as (partition by association_id, statistic_code, statistic_year),
        younger_or_wider as (
            partition by association_id, statistic_code, municipality_code, statistic_period, sex
            order by age_from, coalesce(age_to, {{ oldest }}) desc, _delivery_id, _row_number
            rows between unbounded preceding and 1 preceding
        )
),

-- a band inside a wider one is a part of it; two that overlap in part leave no sum that counts everybody once
apart as (
    select
        *,
        count(*) over one_period as value_count,
        coalesce(bool_or(age_from <= age_reached) over one_period, false) as is_overlapping
    from whole
    where age_from is null or age_reached is null or coalesce(age_to, {{ oldest }}) > age_reached
    window one_period as (partition by association_id, statistic_code, statistic_period)
),

period as (
    select
        association_id,
        statistic_code,
        statistic_year,
        count(distinct statistic_period) as period_count
    from apart
    where has_year = (statistic_period = statistic_year::text)
    group by 1, 2, 3
)

select
    apart.association_id,
    apart._delivery_id,
    apart._row_number,
    apart.is_overlapping,
    case when not apart.is_overlapping then apart.value / period.period_count end::numeric(18, 6) as counted_value
from apart
inner join period
    on
        apart.association_id = period.association_id
        and apart.statistic_code = period.statistic_code
        and apart.statistic_year = period.statistic_year
where
    apart.has_year = (apart.statistic_period = apart.statistic_year::text)
    and not (coalesce(apart.is_rate, false) and apart.value_count > 1)
