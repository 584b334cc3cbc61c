with budget as (
    select * from {{ ref('int_budget_line__by_line') }}
),

actual as (
    select * from {{ ref('int_ledger_entry__by_budget_line') }}
),

booked_year as (
    select distinct
        association_id,
        fiscal_year
    from {{ ref('fct_ledger_entry') }}
),

version_year as (
    select distinct
        budget.association_id,
        budget.fiscal_year,
        budget.version,
        budget.version_kind,
        budget.made_date,
        booked_year.fiscal_year is not null as is_booked
    from budget
    left join booked_year
        on budget.association_id = booked_year.association_id and budget.fiscal_year = booked_year.fiscal_year
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
                select 1 from actual
                where actual.association_id = line.association_id and actual.line_code = line.line_code
            )
        )
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
        case when version_year.is_booked then shown_line.sign * coalesce(actual.ledger_sek, 0) end as actual_sek
    from version_year
    inner join shown_line on version_year.association_id = shown_line.association_id
    left join budget
        on
            version_year.association_id = budget.association_id
            and version_year.fiscal_year = budget.fiscal_year
            and version_year.version = budget.version
            and shown_line.line_code = budget.line_code
    left join actual
        on
            version_year.association_id = actual.association_id
            and version_year.fiscal_year = actual.fiscal_year
            and shown_line.line_code = actual.line_code
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
    is_booked::boolean as is_booked
from compared
