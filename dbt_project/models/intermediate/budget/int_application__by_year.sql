-- Each application's years: what its sheets say of them, and the months over which the rest is spread.
with request as (
    select
        association_id,
        application_code,
        initiative_id,
        max(application_date) as application_date,
        min(decided_date) as decided_date,
        coalesce(min(decision_kind), 'pending') as status,
        bool_or(breakdown = 'year') as has_years,
        sum(amount_sek) filter (where breakdown = 'proposal') as proposed_sek,
        -- by party and by post are the same money told twice: the party sheet goes first
        coalesce(
            nullif(sum(amount_sek) filter (where breakdown = 'party'), 0),
            sum(amount_sek) filter (where breakdown = 'post')
        ) as whole_sek,
        coalesce(
            max(to_date) filter (where breakdown = 'proposal'),
            make_date(max(decision_year) filter (where breakdown = 'proposal'), 12, 31)
        ) + 1 as later_from_date,
        max(to_date) filter (where breakdown <> 'proposal') as last_date
    from {{ ref('fct_application') }}
    group by 1, 2, 3
),

measured as (
    select
        *,
        -- nothing is left where the years are told or the board is asked for everything at once
        case
            when has_years or proposed_sek is null then 0 else greatest(coalesce(whole_sek, 0) - proposed_sek, 0)
        end as later_sek,
        case when last_date >= later_from_date then last_date end as later_to_date
    from request
),

stated as (
    select
        association_id,
        application_code,
        initiative_id,
        decision_year as fiscal_year,
        sum(amount_sek) as stated_sek
    from {{ ref('fct_application') }}
    where is_applied_basis
    group by 1, 2, 3, 4
),

shown_year as (
    select
        association_id,
        application_code,
        initiative_id,
        fiscal_year
    from stated
    union
    select
        measured.association_id,
        measured.application_code,
        measured.initiative_id,
        later.fiscal_year
    from measured
    cross join
        lateral generate_series(
            extract(year from measured.later_from_date)::integer, extract(year from measured.later_to_date)::integer
        ) as later (fiscal_year)
    where measured.later_sek > 0
)

select
    measured.association_id,
    measured.application_code,
    measured.initiative_id,
    shown_year.fiscal_year,
    measured.application_date,
    measured.decided_date,
    measured.status,
    coalesce(stated.stated_sek, 0)::numeric(18, 2) as stated_sek,
    measured.later_sek::numeric(18, 2) as later_sek,
    case when measured.later_sek > 0 then measured.later_from_date end as later_from_date,
    case when measured.later_sek > 0 then measured.later_to_date end as later_to_date
from measured
inner join shown_year
    on
        measured.association_id = shown_year.association_id
        and measured.application_code = shown_year.application_code
        and measured.initiative_id = shown_year.initiative_id
left join stated
    on
        shown_year.association_id = stated.association_id
        and shown_year.application_code = stated.application_code
        and shown_year.initiative_id = stated.initiative_id
        and shown_year.fiscal_year = stated.fiscal_year
