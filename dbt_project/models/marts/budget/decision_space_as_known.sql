-- Each paper's room as it was known on later days: after every decision and every application, until the next paper.
with paper_day as (
    select
        association_id,
        as_of_date,
        lead(as_of_date) over (partition by association_id order by as_of_date) as next_paper_date
    from {{ ref('decision_space') }}
    group by 1, 2
),

paper as (
    select
        space.association_id,
        space.as_of_date,
        space.version,
        space.fiscal_year,
        space.applications_sek,
        space.room_after_applications_sek,
        paper_day.next_paper_date
    from {{ ref('decision_space') }} as space
    inner join paper_day
        on space.association_id = paper_day.association_id and space.as_of_date = paper_day.as_of_date
),

event as (
    -- what is decided at a meeting is known the day after: in the meeting's own paper it is still open
    select
        association_id,
        decision_date + 1 as known_date
    from {{ ref('fct_decision') }}
    union
    select
        association_id,
        application_date as known_date
    from {{ ref('fct_application') }}
),

known as (
    select
        paper.*,
        paper.as_of_date as known_date
    from paper
    union all
    select
        paper.*,
        event.known_date
    from paper
    inner join event
        on
            paper.association_id = event.association_id
            and paper.as_of_date < event.known_date
            and coalesce(paper.next_paper_date, 'infinity') > event.known_date
),

granted as (
    select
        known.association_id,
        known.as_of_date,
        known.version,
        known.fiscal_year,
        known.known_date,
        sum(decision.amount_sek) as granted_since_sek
    from known
    inner join {{ ref('fct_decision') }} as decision
        on
            known.association_id = decision.association_id
            and known.fiscal_year = decision.fiscal_year
            and known.as_of_date <= decision.decision_date
            and known.known_date > decision.decision_date
    where decision.decision_kind = 'granted'
    group by 1, 2, 3, 4, 5
),

pending as (
    select
        known.association_id,
        known.as_of_date,
        known.version,
        known.fiscal_year,
        known.known_date,
        sum(request.amount_sek) as applications_sek
    from known
    inner join {{ ref('fct_application') }} as request
        on
            known.association_id = request.association_id
            and known.fiscal_year = request.decision_year
            and {{ was_pending('request', 'known.known_date') }}
    where request.is_decision_basis
    group by 1, 2, 3, 4, 5
),

changed as (
    select
        known.*,
        coalesce(granted.granted_since_sek, 0) as granted_since_sek,
        coalesce(pending.applications_sek, 0) as pending_sek,
        coalesce(granted.granted_since_sek, 0) + coalesce(pending.applications_sek, 0) - known.applications_sek
            as change_sek
    from known
    left join granted
        on
            known.association_id = granted.association_id
            and known.as_of_date = granted.as_of_date
            and known.version = granted.version
            and known.fiscal_year = granted.fiscal_year
            and known.known_date = granted.known_date
    left join pending
        on
            known.association_id = pending.association_id
            and known.as_of_date = pending.as_of_date
            and known.version = pending.version
            and known.fiscal_year = pending.fiscal_year
            and known.known_date = pending.known_date
)

select
    association_id::text as association_id,
    as_of_date::date as as_of_date,
    fiscal_year::integer as fiscal_year,
    version::text as version,
    known_date::date as known_date,
    granted_since_sek::numeric(18, 2) as granted_since_sek,
    pending_sek::numeric(18, 2) as applications_sek,
    change_sek::numeric(18, 2) as change_sek,
    (room_after_applications_sek - sum(change_sek) over so_far + pending_sek)::numeric(18, 2)
        as room_before_applications_sek,
    (room_after_applications_sek - sum(change_sek) over so_far)::numeric(18, 2) as room_after_applications_sek
from changed
window so_far as (partition by association_id, as_of_date, version, known_date order by fiscal_year)
