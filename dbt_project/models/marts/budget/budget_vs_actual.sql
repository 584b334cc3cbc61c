with budget as (
    select * from {{ ref('int_budget_line__by_line') }}
),

booked_line as (
    select * from {{ ref('int_ledger_entry__by_budget_line') }}
),

version_year as (
    select * from {{ ref('int_budget_version__dated') }}
),

shown_line as (
    select line.*
    from {{ ref('dim_report_line') }} as line
    where
        line.statement = 'budget'
        and line.line_code <> 'opening_surplus'
        and (
            line.line_kind = 'total'
            or exists (
                select 1 from budget
                where budget.association_id = line.association_id and budget.line_code = line.line_code
            )
            or exists (
                select 1 from booked_line
                where booked_line.association_id = line.association_id and booked_line.line_code = line.line_code
            )
        )
),

booked as (
    select
        version_year.association_id,
        version_year.fiscal_year,
        version_year.version,
        booked_line.line_code,
        sum(booked_line.ledger_sek) as ledger_sek
    from version_year
    inner join booked_line
        on
            version_year.association_id = booked_line.association_id
            and booked_line.fiscal_year between version_year.first_year and version_year.fiscal_year
    group by 1, 2, 3, 4
),

compared as (
    select
        version_year.*,
        shown_line.line_code,
        shown_line.label_sv,
        shown_line.line_kind,
        shown_line.sort_order,
        shown_line.sign,
        shown_line.sign * coalesce(budget.ledger_sek, 0) as budget_sek,
        case when version_year.is_booked then shown_line.sign * coalesce(booked.ledger_sek, 0) end as actual_sek
    from version_year
    inner join shown_line on version_year.association_id = shown_line.association_id
    left join budget
        on
            version_year.association_id = budget.association_id
            and version_year.fiscal_year = budget.fiscal_year
            and version_year.version = budget.version
            and shown_line.line_code = budget.line_code
    left join booked
        on
            version_year.association_id = booked.association_id
            and version_year.fiscal_year = booked.fiscal_year
            and version_year.version = booked.version
            and shown_line.line_code = booked.line_code
)

select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    version::text as version,
    line_code::text as report_line,
    budget_sek::numeric(18, 2) as budget_sek,
    actual_sek::numeric(18, 2) as actual_sek,
    (sign * (budget_sek - actual_sek))::numeric(18, 2) as deviation_sek,
    label_sv::text as label_sv,
    line_kind::text as line_kind,
    sort_order::integer as sort_order,
    sign::integer as sign,
    version_kind::text as version_kind,
    made_date::date as made_date,
    is_booked::boolean as is_booked,
    first_year::integer as first_year,
    known_to_date::date as known_to_date,
    (known_to_date is null)::boolean as is_latest,
    booked_to_date::date as booked_to_date,
    completeness::text as completeness
from compared
