-- Each account of an adopted year as the ledger had it when the year was adopted, and as it has it now.
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
    inner join {{ ref('stg_adopted_years__years') }} as year
        on sent.association_id = year.association_id and sent.period = year.fiscal_year::text
    where
        sent.feed_id = 'ledger'
        and sent.state in ('accepted', 'superseded')
        and sent.load_number <= (select max(scoped.load_number) from {{ source('ops', 'scoped_delivery') }} as scoped)
),

compared as (
    select * from ranked
    where is_current or is_adopted
)

select
    compared.association_id,
    compared.fiscal_year,
    sent.account_code,
    sent.entry_kind = 'opening' as is_opening,
    coalesce(sum({{ ledger_amount('sent') }}) filter (where compared.is_adopted), 0)::numeric(18, 2) as adopted_sek,
    coalesce(sum({{ ledger_amount('sent') }}) filter (where compared.is_current), 0)::numeric(18, 2) as current_sek
from compared
inner join {{ source('raw', 'ledger') }} as sent on compared.load_number = sent._load_number
group by 1, 2, 3, 4
