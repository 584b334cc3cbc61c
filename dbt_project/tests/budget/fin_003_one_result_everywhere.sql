{{ config(meta={
    'rule_id': 'FIN-003', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Årets resultat är detsamma i resultaträkningen, balansräkningen och eget kapital.',
    'why_sv': 'Tre olika resultat för samma år gör alla tre oanvändbara.',
    'remedy_sv': 'Kontrollera att varje rad i resultaträkningen summeras i result (report_lines, Summeras i).',
}) }}
with own_capital as (
    select * from {{ ref('own_capital') }}
),

result as (
    select
        association_id,
        fiscal_year,
        amount_sek
    from {{ ref('income_statement') }}
    where line_code = 'result'
),

year_result as (
    select
        association_id,
        fiscal_year,
        amount_sek
    from {{ ref('balance_sheet') }}
    where line_code = 'year_result'
)

select
    own_capital.association_id,
    count(*)::bigint as failed
from own_capital
left join result
    on own_capital.association_id = result.association_id and own_capital.fiscal_year = result.fiscal_year
left join year_result
    on own_capital.association_id = year_result.association_id and own_capital.fiscal_year = year_result.fiscal_year
where
    own_capital.result_sek <> coalesce(result.amount_sek, 0)
    or own_capital.result_sek <> coalesce(year_result.amount_sek, 0)
group by 1
