{{ config(meta={
    'rule_id': 'FIN-048', 'severity': 'finding', 'beside': 'balance_sheet', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Huvudboken för ett fastställt år står som den stod när året fastställdes.',
    'why_sv': 'Ändras den efteråt visar räkningarna annat än det styrelsen skrev under, och nästa år öppnar på annat.',
    'remedy_sv': 'Be bokföringen förklara ändringen, eller lämna den huvudbok som fastställdes. Dagen står i adopted_years.csv.',
}) }}
-- what stood that day: the last ledger that had come by then; came none, the first that did
with ranked as (
    select
        sent.association_id,
        year.fiscal_year,
        sent.load_number,
        sent.state = 'accepted' as is_current,
        row_number() over (
            partition by sent.association_id, year.fiscal_year, sent.scope
            order by
                coalesce(sent.made_at, sent.received_at)::date <= year.adopted_date desc,
                case
                    when coalesce(sent.made_at, sent.received_at)::date <= year.adopted_date then sent.load_number
                end desc nulls last,
                sent.load_number asc
        ) = 1 as is_adopted
    from {{ source('ops', 'delivery') }} as sent
    inner join {{ ref('dim_adopted_year') }} as year
        on sent.association_id = year.association_id and sent.period = year.fiscal_year::text
    where
        sent.feed_id = 'ledger'
        and sent.state in ('accepted', 'superseded')
        and sent.load_number <= (select max(scoped.load_number) from {{ source('ops', 'scoped_delivery') }} as scoped)
),

compared as (
    select * from ranked
    where is_current <> is_adopted
),

account as (
    select
        compared.association_id,
        compared.fiscal_year,
        sent.account_code,
        sent.entry_kind = 'opening' as is_opening,
        sum(
            case when compared.is_current then 1 else -1 end * coalesce(
                nullif(sent.amount_sek, '')::numeric,
                coalesce(nullif(sent.debit_sek, '')::numeric, 0) - coalesce(nullif(sent.credit_sek, '')::numeric, 0)
            )
        ) as changed_sek
    from compared
    inner join {{ source('raw', 'ledger') }} as sent on compared.load_number = sent._load_number
    group by 1, 2, 3, 4
)

select
    association_id,
    sum(abs(changed_sek)) as failed_sek,
    count(*)::bigint as failed
from account
where changed_sek <> 0
group by 1
