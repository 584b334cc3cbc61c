with stated as (
    select
        *,
        fees_sek + other_sek - elected_sek - administration_sek - committed_sek as result_sek
    from {{ ref('int_decision_space__stated') }}
),

with_applications as (
    select
        stated.*,
        coalesce(pending.applications_sek, 0) as applications_sek,
        coalesce(pending.as_asked_sek, 0) as as_asked_sek,
        coalesce(pending.open_ended_count, 0) as open_ended_count,
        -- a year goes on from the one before until an opening is delivered or a year is missing
        stated.delivered_sek is not null
        or coalesce(stated.fiscal_year - lag(stated.fiscal_year) over years, 0) <> 1 as begins
    from stated
    left join {{ ref('int_decision_space__pending') }} as pending
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
        count(*) filter (where begins) over so_far as chain,
        -- an opening the paper states has not reckoned with what the applications cost after what is asked for now
        sum(as_asked_sek - applications_sek) over so_far as continued_sek
    from with_applications
    window so_far as (partition by association_id, as_of_date, version order by fiscal_year)
),

opened as (
    select
        *,
        first_value(delivered_sek) over so_far + sum(result_sek - applications_sek) over so_far
        - (result_sek - applications_sek) as opening_sek
    from chained
    window so_far as (partition by association_id, as_of_date, version, chain order by fiscal_year)
),

applying as (
    select distinct association_id from {{ ref('fct_application') }}
)

select
    opened.association_id::text as association_id,
    opened.as_of_date::date as as_of_date,
    opened.fiscal_year::integer as fiscal_year,
    opened.version::text as version,
    opened.opening_sek::numeric(18, 2) as opening_sek,
    opened.fees_sek::numeric(18, 2) as fees_sek,
    opened.elected_sek::numeric(18, 2) as elected_sek,
    opened.administration_sek::numeric(18, 2) as administration_sek,
    opened.committed_sek::numeric(18, 2) as committed_sek,
    (opened.opening_sek + opened.result_sek)::numeric(18, 2) as room_before_applications_sek,
    opened.applications_sek::numeric(18, 2) as applications_sek,
    (opened.opening_sek + opened.result_sek - opened.applications_sek)::numeric(18, 2) as room_after_applications_sek,
    opened.other_sek::numeric(18, 2) as other_sek,
    opened.undecided_sek::numeric(18, 2) as undecided_sek,
    case when opened.delivered_sek is null then 'rolled_forward' else 'delivered' end::text as opening_basis,
    (opened.opening_sek + opened.fees_sek)::numeric(18, 2) as opening_room_sek,
    opened.result_sek::numeric(18, 2) as result_sek,
    opened.as_asked_sek::numeric(18, 2) as applications_as_asked_sek,
    (opened.opening_sek + opened.result_sek - opened.applications_sek - opened.continued_sek)::numeric(18, 2)
        as room_as_asked_sek,
    case
        when applying.association_id is null then 'applications_missing'
        when opened.open_ended_count > 0 then 'later_years_missing'
        else 'complete'
    end::text as completeness
from opened
left join applying on opened.association_id = applying.association_id
where opened.opening_sek is not null
