with stated as (
    select
        *,
        fees_sek + other_sek - elected_sek - administration_sek - committed_sek as net_sek
    from {{ ref('int_decision_space__stated') }}
),

pending as (
    select
        stated.association_id,
        stated.as_of_date,
        stated.fiscal_year,
        stated.version,
        sum(application.amount_sek) as amount_sek
    from stated
    inner join {{ ref('fct_application') }} as application
        on
            stated.association_id = application.association_id
            and stated.fiscal_year = application.decision_year
            and stated.as_of_date >= application.application_date
            -- what is decided at the meeting a paper is written for is still open in that paper
            and stated.as_of_date <= coalesce(application.decided_date, 'infinity')
    where application.is_decision_basis
    group by 1, 2, 3, 4
),

with_applications as (
    select
        stated.*,
        coalesce(pending.amount_sek, 0) as applications_sek,
        -- a year goes on from the one before until an opening is delivered or a year is missing
        stated.delivered_sek is not null
        or coalesce(stated.fiscal_year - lag(stated.fiscal_year) over years, 0) <> 1 as begins
    from stated
    left join pending
        on
            stated.association_id = pending.association_id
            and stated.as_of_date = pending.as_of_date
            and stated.fiscal_year = pending.fiscal_year
            and stated.version = pending.version
    window years as (partition by stated.association_id, stated.as_of_date, stated.version order by stated.fiscal_year)
),

chained as (
    select
        *,
        count(*) filter (where begins) over (
            partition by association_id, as_of_date, version order by fiscal_year
        ) as chain
    from with_applications
),

opened as (
    select
        *,
        first_value(delivered_sek) over so_far + sum(net_sek - applications_sek) over so_far
        - (net_sek - applications_sek) as opening_sek
    from chained
    window so_far as (partition by association_id, as_of_date, version, chain order by fiscal_year)
)

select
    association_id::text as association_id,
    as_of_date::date as as_of_date,
    fiscal_year::integer as fiscal_year,
    version::text as version,
    opening_sek::numeric(18, 2) as opening_sek,
    fees_sek::numeric(18, 2) as fees_sek,
    elected_sek::numeric(18, 2) as elected_sek,
    administration_sek::numeric(18, 2) as administration_sek,
    committed_sek::numeric(18, 2) as committed_sek,
    (opening_sek + net_sek)::numeric(18, 2) as room_before_applications_sek,
    applications_sek::numeric(18, 2) as applications_sek,
    (opening_sek + net_sek - applications_sek)::numeric(18, 2) as room_after_applications_sek,
    other_sek::numeric(18, 2) as other_sek,
    undecided_sek::numeric(18, 2) as undecided_sek,
    case when delivered_sek is null then 'rolled_forward' else 'delivered' end::text as opening_basis
from opened
where opening_sek is not null
