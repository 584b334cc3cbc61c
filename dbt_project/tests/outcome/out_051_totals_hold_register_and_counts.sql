{{ config(meta={
    'rule_id': 'OUT-051', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Deltagarna ur register och antal är alla i registret och alla i antalen, var för sig, och ingen insats räknas ur båda.',
    'why_sv': 'Räknas en insats ur båda källorna är kostnaden per deltagare för låg.',
    'remedy_sv': 'Jämför participants_by_source med fct_participation och fct_participant_count för året.',
}) }}
with flow as (
    {{ participants_recounted() }}
),

delivered as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sum(reported_count) filter (where 'participants' = any(counts_towards)) as participant_count
    from {{ ref('fct_participant_count') }}
    where counts_towards <> '{}'
    group by 1, 2, 3
),

expected as (
    select
        coalesce(flow.association_id, delivered.association_id) as association_id,
        coalesce(flow.fiscal_year, delivered.fiscal_year) as fiscal_year,
        coalesce(flow.initiative_id, delivered.initiative_id) as initiative_id,
        coalesce(flow.participant_count, delivered.participant_count) as participant_count
    from flow
    full outer join delivered
        on
            flow.association_id = delivered.association_id
            and flow.fiscal_year = delivered.fiscal_year
            and flow.initiative_id = delivered.initiative_id
),

shown as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sum(participant_count) as participant_count
    from {{ ref('participants_by_source') }}
    group by 1, 2, 3
)

select
    coalesce(expected.association_id, shown.association_id) as association_id,
    count(*)::bigint as failed
from expected
full outer join shown
    on
        expected.association_id = shown.association_id
        and expected.fiscal_year = shown.fiscal_year
        and expected.initiative_id = shown.initiative_id
where
    expected.participant_count is distinct from shown.participant_count
    or expected.association_id is null
    or shown.association_id is null
group by 1
