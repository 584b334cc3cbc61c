-- What lay undecided on the day of each paper, by the year it was asked for: at once, and continued as asked.
with paper as (
    select
        association_id,
        as_of_date,
        fiscal_year,
        version
    from {{ ref('int_decision_space__stated') }}
),

counted as (
    select
        paper.*,
        request.amount_sek as applications_sek,
        0::numeric as as_asked_sek,
        0 as open_ended_count
    from paper
    inner join {{ ref('fct_application') }} as request
        on
            paper.association_id = request.association_id
            and paper.fiscal_year = request.decision_year
            and {{ was_pending('request', 'paper.as_of_date') }}
    where request.is_decision_basis
    union all
    select
        paper.*,
        0 as applications_sek,
        request.applied_sek as as_asked_sek,
        0 as open_ended_count
    from paper
    inner join {{ ref('application_years') }} as request
        on
            paper.association_id = request.association_id
            and paper.fiscal_year = request.fiscal_year
            and {{ was_pending('request', 'paper.as_of_date') }}
    union all
    select
        paper.*,
        0 as applications_sek,
        0 as as_asked_sek,
        1 as open_ended_count
    from paper
    inner join {{ ref('application_years') }} as request
        on paper.association_id = request.association_id and {{ was_pending('request', 'paper.as_of_date') }}
    where request.completeness <> 'complete'
)

select
    association_id,
    as_of_date,
    fiscal_year,
    version,
    sum(applications_sek)::numeric(18, 2) as applications_sek,
    sum(as_asked_sek)::numeric(18, 2) as as_asked_sek,
    sum(open_ended_count) as open_ended_count
from counted
group by 1, 2, 3, 4
