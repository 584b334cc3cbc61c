{{ config(meta={
    'rule_id': 'OUT-037', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje mätserie står i fct_progress, en gång för varje år den mättes.',
    'why_sv': 'En serie som tappas eller dubbleras ändrar andelen som rört sig framåt.',
    'remedy_sv': 'Jämför int_progress__resolved med fct_progress för förbundet.',
}) }}
with measured as (
    select distinct
        association_id,
        person_key,
        initiative_identity,
        rater,
        indicator_code,
        scale_code,
        extract(year from measured_date) as fiscal_year
    from {{ ref('int_progress__resolved') }}
),

expected as (
    select
        association_id,
        count(*) as series_count
    from measured
    group by 1
),

kept as (
    select
        association_id,
        sum(series_count) as series_count
    from {{ ref('fct_progress') }}
    group by 1
)

select
    coalesce(expected.association_id, kept.association_id) as association_id,
    abs(coalesce(expected.series_count, 0) - coalesce(kept.series_count, 0))::bigint as failed
from expected
full outer join kept on expected.association_id = kept.association_id
where coalesce(expected.series_count, 0) <> coalesce(kept.series_count, 0)
