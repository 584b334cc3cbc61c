{{ config(meta={
    'rule_id': 'FIN-049', 'severity': 'finding', 'beside': 'cash_flow_statement', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Varje rad i balansräkningen som rört sig har en rad i kassaflödesanalysen.',
    'why_sv': 'Rörelsen står annars som Ej kopplade konton i kassaflödet, och ingen ser om den är drift, investering eller lån.',
    'remedy_sv': 'Ange Rad i kassaflödet för raden i report_lines, eller kontots egen rad i account_map (räkningen kassaflödesanalys).',
}) }}
with moved as (
    select
        association_id,
        fiscal_year,
        account_code,
        sum(amount_sek) as amount_sek
    from {{ ref('fct_ledger_entry') }}
    where 'unmapped' = any(cash_flow_deducted_lines)
    group by 1, 2, 3
)

select
    moved.association_id,
    sum(abs(moved.amount_sek)) as failed_sek,
    count(*)::bigint as failed
from moved
inner join {{ ref('dim_account') }} as account
    on
        moved.association_id = account.association_id
        and moved.fiscal_year = account.fiscal_year
        and moved.account_code = account.account_code
-- an account that has no line at all is FIN-007's
where moved.amount_sek <> 0 and account.is_mapped
group by 1
