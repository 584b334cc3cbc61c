-- Each version of each of its years: from which day to which it was the latest, and whether the ledger has its years.
with version as (
    select distinct
        association_id,
        first_year,
        fiscal_year,
        version,
        version_kind,
        made_date
    from {{ ref('int_budget_line__by_line') }}
),

made as (
    select
        association_id,
        first_year,
        fiscal_year,
        version_kind,
        made_date,
        lead(made_date) over (
            partition by association_id, first_year, fiscal_year, version_kind order by made_date
        ) as known_to_date
    from version
    group by association_id, first_year, fiscal_year, version_kind, made_date
),

booked_year as (
    select
        association_id,
        fiscal_year,
        max(voucher_date) as booked_to_date,
        max(fiscal_year) over (partition by association_id) as last_year
    from {{ ref('int_ledger_entry__placed') }}
    group by association_id, fiscal_year
),

-- a version may sum several years: they are booked when each of them is
booked as (
    select
        version.association_id,
        version.fiscal_year,
        version.version,
        count(booked_year.fiscal_year) as year_count,
        max(booked_year.booked_to_date) as booked_to_date,
        max(booked_year.last_year) as last_year
    from version
    inner join booked_year
        on
            version.association_id = booked_year.association_id
            and booked_year.fiscal_year between version.first_year and version.fiscal_year
    group by version.association_id, version.fiscal_year, version.version
)

select
    version.*,
    made.known_to_date,
    booked.booked_to_date,
    coalesce(booked.year_count, 0) = version.fiscal_year - version.first_year + 1 as is_booked,
    case
        when coalesce(booked.year_count, 0) < version.fiscal_year - version.first_year + 1 then 'no_ledger'
        when
            booked.last_year > version.fiscal_year
            or booked.booked_to_date >= make_date(version.fiscal_year, 12, 31)
            then 'complete'
        when booked.booked_to_date is null then 'undated'
        else 'part_of_year'
    end as completeness
from version
inner join made
    on
        version.association_id = made.association_id
        and version.first_year = made.first_year
        and version.fiscal_year = made.fiscal_year
        and version.version_kind = made.version_kind
        and version.made_date = made.made_date
left join booked
    on
        version.association_id = booked.association_id
        and version.fiscal_year = booked.fiscal_year
        and version.version = booked.version
