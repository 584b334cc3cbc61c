{{ config(meta={
    'rule_id': 'OUT-002', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Avslutsresultaten summerar till antalet avslutade, per insats och kön.',
    'why_sv': 'Andelarna räknas på de avslutade; saknas ett resultat är alla andelar fel.',
    'remedy_sv': 'Jämför exit_results med participant_flow för året, insatsen och könet.',
}) }}
with result as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sex,
        sum(ended_count) as ended_count
    from {{ ref('exit_results') }}
    group by 1, 2, 3, 4
),

flow as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sex,
        ended_count
    from {{ ref('participant_flow') }}
    where ended_count > 0
)

select
    coalesce(flow.association_id, result.association_id) as association_id,
    count(*)::bigint as failed
from flow
full outer join result
    on
        flow.association_id = result.association_id
        and flow.fiscal_year = result.fiscal_year
        and flow.initiative_id = result.initiative_id
        and flow.sex = result.sex
where flow.ended_count is distinct from result.ended_count
group by 1
