{# The rows of one statement: every line that any year of the association has rows on, and all totals, for every year
   with a ledger, beside the year before. Each ledger row knows which lines it counts in (int_ledger_entry__placed). #}
{% macro statement_rows(statement) %}
with entry as (
    select * from {{ ref('fct_ledger_entry') }}
),

ledger_year as (
    select distinct
        association_id,
        fiscal_year
    from entry
),

amount as (
    select
        entry.association_id,
        entry.fiscal_year,
        counted.line_code,
        sum(entry.{{ statement }}_sek) as amount_sek
    from entry
    cross join lateral unnest(entry.{{ statement }}_lines) as counted (line_code)
    group by 1, 2, 3
),

shown_line as (
    select line.*
    from {{ ref('dim_report_line') }} as line
    where
        line.statement = '{{ statement }}'
        and (
            line.line_kind = 'total'
            or exists (
                select 1 from amount
                where amount.association_id = line.association_id and amount.line_code = line.line_code
            )
        )
),

statement_line as (
    select
        ledger_year.association_id,
        ledger_year.fiscal_year,
        shown_line.line_code,
        shown_line.label_sv,
        shown_line.line_kind,
        shown_line.sort_order,
        coalesce(amount.amount_sek, 0) as amount_sek
    from ledger_year
    inner join shown_line on ledger_year.association_id = shown_line.association_id
    left join amount
        on
            ledger_year.association_id = amount.association_id
            and ledger_year.fiscal_year = amount.fiscal_year
            and shown_line.line_code = amount.line_code
)

select
    this_year.association_id::text as association_id,
    this_year.fiscal_year::integer as fiscal_year,
    this_year.line_code::text as line_code,
    this_year.label_sv::text as label_sv,
    this_year.line_kind::text as line_kind,
    this_year.sort_order::integer as sort_order,
    this_year.amount_sek::numeric(18, 2) as amount_sek,
    year_before.amount_sek::numeric(18, 2) as previous_year_sek
from statement_line as this_year
left join statement_line as year_before
    on
        this_year.association_id = year_before.association_id
        and this_year.line_code = year_before.line_code
        and year_before.fiscal_year = this_year.fiscal_year - 1
{% endmacro %}
