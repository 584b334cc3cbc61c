-- The years, quarters and months the association has figures for: a year between them that nothing came for is one too.
with figured_year as (
    select
        association_id,
        fiscal_year
    from {{ ref('fct_ledger_entry') }}
    union
    select
        association_id,
        fiscal_year
    from {{ ref('fct_budget_line') }}
    union
    select
        association_id,
        first_year as fiscal_year
    from {{ ref('fct_budget_line') }}
    union
    select
        association_id,
        fiscal_year
    from {{ ref('fct_member_fee') }}
    union
    select
        association_id,
        fiscal_year
    from {{ ref('application_years') }}
    union
    select
        association_id,
        fiscal_year
    from {{ ref('initiative_funding') }}
    union
    select
        association_id,
        fiscal_year
    from {{ ref('initiative_claims') }}
    union
    select
        association_id,
        fiscal_year
    from {{ ref('int_register__delivered') }}
    union
    select
        association_id,
        fiscal_year
    from {{ ref('dim_adopted_year') }}
),

spanned as (
    select
        association_id,
        min(fiscal_year) as first_year,
        max(fiscal_year) as last_year
    from figured_year
    group by 1
),

period_month as (
    select
        spanned.association_id,
        begun.first_day::date as first_day
    from spanned
    cross join
        lateral generate_series(
            make_date(spanned.first_year, 1, 1)::timestamp,
            make_date(spanned.last_year, 12, 1)::timestamp,
            '1 month'
        ) as begun (first_day)
),

kind (period_kind, step, length) as (
    values
    ('year', 'year', interval '1 year'),
    ('quarter', 'quarter', interval '3 months'),
    ('month', 'month', interval '1 month')
)

select
    month.association_id::text as association_id,
    case kind.period_kind
        when 'year' then to_char(month.first_day, 'YYYY')
        when 'quarter' then {{ quarter_of('month.first_day') }}
        else to_char(month.first_day, 'YYYY-MM')
    end::text as period,
    kind.period_kind::text as period_kind,
    case kind.period_kind
        when 'year' then to_char(month.first_day, 'YYYY')
        when 'quarter' then to_char(month.first_day, '"kvartal "Q YYYY')
        else (
            array[
                'januari', 'februari', 'mars', 'april', 'maj', 'juni', 'juli', 'augusti', 'september', 'oktober',
                'november', 'december'
            ]
        )[extract(month from month.first_day)::integer] || to_char(month.first_day, ' YYYY')
    end::text as label_sv,
    extract(year from month.first_day)::integer as fiscal_year,
    case when kind.period_kind <> 'year' then {{ quarter_of('month.first_day') }} end::text as quarter,
    month.first_day::date as start_date,
    (month.first_day + kind.length - interval '1 day')::date as end_date,
    'built-in'::text as _delivery_id,
    0::integer as _row_number
from period_month as month
inner join kind on month.first_day = date_trunc(kind.step, month.first_day)::date
