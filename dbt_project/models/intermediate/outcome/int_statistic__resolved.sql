-- Each value of public statistics: what it counts, whose municipality it is of, and whether a later table replaced it.
with told as (
    select * from {{ ref('stg_public_statistics__values') }}
),

municipality as (
    select
        association_id,
        member_id,
        municipality_code,
        first_year,
        last_year
    from {{ ref('stg_members__members') }}
    where municipality_code is not null and first_year <= last_year
),

placed as (
    select
        told.*,
        coalesce(statistic.code, 'unmapped') as statistic_code,
        coalesce(by_code.municipality_code, by_name.municipality_code) as municipality_code
    from told
    left join {{ ref('int_code__named') }} as statistic
        on
            statistic.list_code = 'public_statistic'
            and told.association_id = statistic.association_id
            and told.statistic_key = statistic.name_key
    left join municipality as by_code
        on
            told.association_id = by_code.association_id
            and told.region_code = by_code.municipality_code
            and told.statistic_year between by_code.first_year and by_code.last_year
    left join {{ ref('int_member__named') }} as named
        on
            told.association_id = named.association_id
            and told.region_code is null
            and told.region_key = named.name_key
            and told.statistic_year between named.first_year and named.last_year
    left join municipality as by_name
        on
            named.association_id = by_name.association_id
            and named.member_id = by_name.member_id
            and told.statistic_year between by_name.first_year and by_name.last_year
)

select
    association_id,
    table_name,
    statistic_code,
    statistic_name,
    region_name,
    municipality_code,
    age,
    age_from,
    age_to,
    sex,
    statistic_period,
    statistic_year,
    value,
    no_number_reason,
    -- two ways to write one age are one age
    row_number() over (
        partition by
            association_id, statistic_code, case when statistic_code = 'unmapped' then statistic_key end,
            coalesce(municipality_code, region_code, region_key), age_from, age_to,
            case when age_from is null then age end, sex, statistic_period
        order by _load_number desc, _row_number desc
    ) = 1 as is_in_force,
    _delivery_id,
    _row_number
from placed
