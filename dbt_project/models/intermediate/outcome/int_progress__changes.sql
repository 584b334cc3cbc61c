{{ config(pre_hook="set local enable_nestloop = off") }}
-- From the first measurement to the last of each year: one series is a person, initiative, rater, indicator and scale.
with ranked as (
    select
        *,
        row_number() over (
            partition by
                association_id, person_key, initiative_identity, rater, indicator_code, scale_code, measured_date
            order by progress_year desc, _delivery_id desc, _row_number desc
        ) as precedence
    from {{ ref('int_progress__resolved') }}
),

one_a_day as (
    select * from ranked
    where precedence = 1
),

series as (
    select
        *,
        extract(year from measured_date)::integer as fiscal_year,
        first_value(measured_date) over so_far as first_date,
        first_value(step) over so_far as first_step,
        count(*) over so_far as measured_count,
        max(measured_date) over (partition by association_id) as known_to_date,
        measured_date = max(measured_date) over (
            partition by
                association_id, person_key, initiative_identity, rater, indicator_code, scale_code,
                extract(year from measured_date)
        ) as is_last_of_year
    from one_a_day
    window so_far as (
        partition by association_id, person_key, initiative_identity, rater, indicator_code, scale_code
        order by measured_date
    )
),

last_of_year as (
    select * from series
    where is_last_of_year
),

measured as (
    select distinct
        association_id,
        person_key,
        initiative_identity
    from last_of_year
),

stay as (
    select
        spell.association_id,
        spell.person_key,
        spell.initiative_identity,
        max(coalesce(spell.end_date, 'infinity')) as end_date
    from {{ ref('int_participation__deduplicated') }} as spell
    inner join measured
        on
            spell.association_id = measured.association_id
            and spell.person_key = measured.person_key
            and spell.initiative_identity = measured.initiative_identity
    group by 1, 2, 3
)

select
    last_of_year.association_id,
    last_of_year.fiscal_year,
    last_of_year.initiative_id,
    last_of_year.rater,
    last_of_year.indicator_code,
    last_of_year.scale_code,
    last_of_year.first_date,
    last_of_year.measured_date as last_date,
    last_of_year.first_step,
    last_of_year.step as last_step,
    last_of_year.measured_count,
    (
        last_of_year.measured_count > 1
        and last_of_year.first_step is not null and last_of_year.step is not null
    )::integer as compared_count,
    coalesce(last_of_year.step > last_of_year.first_step, false)::integer as up_count,
    coalesce(last_of_year.step < last_of_year.first_step, false)::integer as down_count,
    -- the next one should have come before the person left, the year ended, or we stopped knowing
    coalesce(
        last_of_year.measured_date + pace.value_number * 7 < least(
            make_date(last_of_year.fiscal_year, 12, 31), last_of_year.known_to_date, stay.end_date
        ), false
    )::integer as overdue_count,
    last_of_year._delivery_id,
    last_of_year._row_number
from last_of_year
left join stay
    on
        last_of_year.association_id = stay.association_id
        and last_of_year.person_key = stay.person_key
        and last_of_year.initiative_identity = stay.initiative_identity
left join {{ ref('dim_rule') }} as pace
    on
        last_of_year.association_id = pace.association_id
        and pace.rule_code = 'progress_interval_weeks'
        and last_of_year.fiscal_year between pace.first_year and pace.last_year
