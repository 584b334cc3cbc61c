{{ config(meta={
    'rule_id': 'FIN-005', 'severity': 'finding', 'beside': 'balance_sheet', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Varje balanskonto utom eget kapital öppnar med förra årets utgående balans.',
    'why_sv': 'Skiljer de sig har ett avslutat år ändrats, eller är kontoplanen bytt.',
    'remedy_sv': 'Jämför kontots balans i de två årens huvudböcker och be bokföringen förklara skillnaden.',
}) }}
with balance as (
    select
        association_id,
        fiscal_year,
        account_code,
        coalesce(sum(amount_sek) filter (where entry_kind = 'opening'), 0) as opening_sek,
        sum(amount_sek) as closing_sek
    from {{ ref('int_ledger_entry__placed') }}
    where statement = 'balance_sheet' and line_code <> 'equity_opening' and not is_stray_opening
    group by 1, 2, 3
),

ledger_year as (
    select distinct
        association_id,
        fiscal_year
    from {{ ref('int_ledger_entry__placed') }}
),

step as (
    select
        this_year.association_id,
        this_year.fiscal_year,
        balance.account_code,
        sum(
            case when balance.fiscal_year = this_year.fiscal_year then balance.opening_sek else -balance.closing_sek end
        ) as difference_sek
    from ledger_year as this_year
    inner join ledger_year as year_before
        on
            this_year.association_id = year_before.association_id
            and this_year.fiscal_year = year_before.fiscal_year + 1
    inner join balance
        on
            this_year.association_id = balance.association_id
            and balance.fiscal_year in (this_year.fiscal_year, year_before.fiscal_year)
    group by 1, 2, 3
)

select
    association_id,
    count(*)::bigint as failed
from step
where difference_sek <> 0
group by 1
