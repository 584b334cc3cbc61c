with forecast as (
    select * from {{ ref('budget_vs_actual') }}
    where version_kind = 'forecast' and first_year = fiscal_year
),

reported as (
    select * from {{ ref('int_budget_line__by_line') }}
    where version_kind = 'actual' and first_year = fiscal_year
),

reported_version as (
    select distinct on (association_id, fiscal_year)
        association_id,
        fiscal_year,
        version,
        made_date
    from reported
    order by association_id asc, fiscal_year asc, made_date desc, version asc
),

beside as (
    select
        forecast.*,
        reported_version.version as reported_version,
        reported_version.made_date as reported_date,
        case when reported_version.version is not null then forecast.sign * coalesce(reported.ledger_sek, 0) end
            as reported_sek,
        case
            when forecast.is_booked then 'ledger'
            when reported_version.version is not null then 'reported'
            else 'none'
        end as actual_basis
    from forecast
    left join reported_version
        on
            forecast.association_id = reported_version.association_id
            and forecast.fiscal_year = reported_version.fiscal_year
    left join reported
        on
            reported_version.association_id = reported.association_id
            and reported_version.fiscal_year = reported.fiscal_year
            and reported_version.version = reported.version
            and forecast.report_line = reported.line_code
),

known as (
    select
        *,
        case actual_basis when 'ledger' then actual_sek when 'reported' then reported_sek end as outcome_sek,
        case
            when actual_basis = 'ledger' then completeness
            when actual_basis = 'none' then 'no_actual'
            when reported_date > make_date(fiscal_year, 12, 31) then 'reported'
            else 'reported_early'
        end as outcome_completeness
    from beside
),

judged as (
    select
        *,
        outcome_completeness in ('complete', 'reported') as is_closed,
        case when outcome_completeness in ('complete', 'reported') then budget_sek - outcome_sek end as error_sek
    from known
)

select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    version::text as version,
    report_line::text as report_line,
    budget_sek::numeric(18, 2) as forecast_sek,
    outcome_sek::numeric(18, 2) as actual_sek,
    error_sek::numeric(18, 2) as error_sek,
    round(abs(error_sek) / nullif(abs(outcome_sek), 0), 6)::numeric(18, 6) as error_share,
    case sign(sign * error_sek)
        when 1 then 'pessimistic'
        when -1 then 'optimistic'
        when 0 then 'none'
    end::text as bias,
    is_closed::boolean as is_closed,
    outcome_completeness::text as completeness,
    (make_date(fiscal_year, 12, 31) - made_date)::integer as days_ahead,
    actual_sek::numeric(18, 2) as booked_sek,
    reported_sek::numeric(18, 2) as reported_sek,
    reported_version::text as reported_version,
    actual_basis::text as actual_basis,
    label_sv::text as label_sv,
    line_kind::text as line_kind,
    sort_order::integer as sort_order,
    sign::integer as sign,
    made_date::date as made_date,
    is_latest::boolean as is_latest
from judged
