{{ config(meta={
    'rule_id': 'REC-004', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Raderna i resultat- och balansräkningen rymmer tillsammans hela huvudboken, på öret.',
    'why_sv': 'Ett konto som inte står på någon rad syns inte för någon läsare.',
    'remedy_sv': 'Hitta raden som saknas: jämför fct_ledger_entry med statement-marterna per line_code.',
}) }}
with booked as (
    select
        association_id,
        fiscal_year,
        coalesce(sum(income_statement_sek), 0) as income_statement_sek,
        coalesce(sum(balance_sheet_sek), 0) as balance_sheet_sek
    from {{ ref('fct_ledger_entry') }}
    group by 1, 2
),

statement_line as (
    select
        'income_statement' as statement,
        association_id,
        fiscal_year,
        amount_sek
    from {{ ref('income_statement') }}
    where line_kind = 'line'
    union all
    select
        'balance_sheet' as statement,
        association_id,
        fiscal_year,
        amount_sek
    from {{ ref('balance_sheet') }}
    where line_kind = 'line'
),

shown as (
    select
        association_id,
        fiscal_year,
        coalesce(sum(amount_sek) filter (where statement = 'income_statement'), 0) as income_statement_sek,
        coalesce(sum(amount_sek) filter (where statement = 'balance_sheet'), 0) as balance_sheet_sek
    from statement_line
    group by 1, 2
)

select
    booked.association_id,
    count(*)::bigint as failed
from booked
left join shown on booked.association_id = shown.association_id and booked.fiscal_year = shown.fiscal_year
where
    booked.income_statement_sek <> coalesce(shown.income_statement_sek, 0)
    or booked.balance_sheet_sek <> coalesce(shown.balance_sheet_sek, 0)
group by 1
