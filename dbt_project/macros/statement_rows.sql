{# Where an account has one line each: its own statement (income statement or balance sheet), and beside a budget, in a
   note and in the cash flow statement. #}
{% macro place_of_statement(statement) -%}
case when {{ statement }} in ('budget', 'notes', 'cash_flow_statement') then {{ statement }} else 'own' end
{%- endmacro %}

{# The line of a note that holds what no line of it names; null where there is no note. #}
{% macro unspecified_line(note_code) -%} {{ note_code }} || '_unspecified' {%- endmacro %}

{# How much of the year a statement tells: a ledger is delivered for the year so far, and an undated one may be that. #}
{% macro statement_completeness(year, booked_to, year_before) -%}
case
    when {{ booked_to }} is null then 'undated'
    when {{ booked_to }} < make_date({{ year }}, 12, 1) then 'part_of_year'
    when {{ year_before }} is null then 'no_year_before'
    else 'complete'
end
{%- endmacro %}

{# The same for a figure that stands on its own, without the year before. #}
{% macro booked_completeness(year, booked_to) -%}
case
    when {{ booked_to }} is null then 'undated'
    when {{ booked_to }} < make_date({{ year }}, 12, 1) then 'part_of_year'
    else 'complete'
end
{%- endmacro %}

{# The rows of one statement: every line that any year of the association has rows on, and all totals, for every year
   with a ledger, beside the year before. Each ledger row knows which lines it counts in (int_ledger_entry__placed):
   `counted` gives line_code and amount_sek of one `entry`. Of notes only those that have something to specify. #}
{% macro statement_rows(statement, counted) %}
with entry as (
    select * from {{ ref('fct_ledger_entry') }}
),

ledger_year as (
    select
        association_id,
        fiscal_year,
        max(voucher_date) as booked_to_date
    from entry
    group by 1, 2
),

amount as (
    select
        entry.association_id,
        entry.fiscal_year,
        counted.line_code,
        sum(counted.amount_sek) as amount_sek
    from entry
    cross join lateral ({{ counted }}) as counted (line_code, amount_sek)
    group by 1, 2, 3
),

shown_line as (
    select line.*
    from {{ ref('dim_report_line') }} as line
    where
        line.statement = '{{ statement }}'
        and (
            {{ 'false' if statement == 'notes' else "line.line_kind in ('total', 'balance')" }}
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
        ledger_year.booked_to_date,
        shown_line.line_code,
        shown_line.label_sv,
        shown_line.line_kind,
        shown_line.sort_order,
        shown_line.note_code,
        shown_line.cash_flow_code,
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
    {%- if statement != 'cash_flow_statement' %}
    this_year.note_code::text as note_code,
    {%- endif %}
    {%- if statement == 'balance_sheet' %}
    this_year.cash_flow_code::text as cash_flow_code,
    {%- endif %}
    this_year.amount_sek::numeric(18, 2) as amount_sek,
    year_before.amount_sek::numeric(18, 2) as previous_year_sek,
    this_year.booked_to_date::date as booked_to_date,
    {{ statement_completeness('this_year.fiscal_year', 'this_year.booked_to_date', 'year_before.amount_sek') }}::text
        as completeness
from statement_line as this_year
left join statement_line as year_before
    on
        this_year.association_id = year_before.association_id
        and this_year.line_code = year_before.line_code
        and year_before.fiscal_year = this_year.fiscal_year - 1
{% endmacro %}
