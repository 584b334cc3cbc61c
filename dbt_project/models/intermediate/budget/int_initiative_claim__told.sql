-- What grants, claims and ledger say of each quarter: a granted one is expected to be claimed, also while nobody has.
with granted as (
    select
        association_id,
        initiative_id,
        party_id,
        coalesce(from_date, make_date(fiscal_year, 1, 1)) as first_day,
        coalesce(to_date, make_date(fiscal_year, 12, 31)) as last_day
    from {{ ref('fct_decision') }}
    where decision_kind = 'granted'
)

select
    granted.association_id,
    granted.initiative_id,
    granted.party_id,
    extract(year from covered.first_day)::integer as fiscal_year,
    {{ quarter_of('covered.first_day') }} as quarter,
    true as is_granted,
    null::date as claim_date,
    0::numeric(18, 2) as claimed_sek,
    0::numeric(18, 2) as own_financing_sek,
    0::numeric(18, 2) as in_kind_sek,
    0::numeric(18, 2) as booked_sek
from granted
-- "until further notice" may be written as a far day: no grant is expected to be claimed for longer than ten years
cross join
    lateral generate_series(
        date_trunc('quarter', granted.first_day::timestamp),
        least(granted.last_day::timestamp, granted.first_day + '10 years'::interval),
        '3 months'::interval
    ) as covered (first_day)
union all
select
    association_id,
    initiative_id,
    party_id,
    fiscal_year,
    quarter,
    false as is_granted,
    claim_date,
    amount_sek::numeric(18, 2) as claimed_sek,
    coalesce(own_financing_sek, 0)::numeric(18, 2) as own_financing_sek,
    coalesce(in_kind_sek, 0)::numeric(18, 2) as in_kind_sek,
    0::numeric(18, 2) as booked_sek
from {{ ref('fct_project_cost') }}
union all
select
    association_id,
    initiative_id,
    'not_stated' as party_id,
    fiscal_year,
    -- balances without vouchers belong to the year and to no quarter of it
    coalesce({{ quarter_of('voucher_date') }}, 'not_stated') as quarter,
    false as is_granted,
    null as claim_date,
    0::numeric(18, 2) as claimed_sek,
    0::numeric(18, 2) as own_financing_sek,
    0::numeric(18, 2) as in_kind_sek,
    amount_sek::numeric(18, 2) as booked_sek
from {{ ref('fct_ledger_entry') }}
where initiative_id <> 'not_stated' and 'cost' = any(income_statement_lines)
