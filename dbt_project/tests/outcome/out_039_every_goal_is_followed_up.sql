{{ config(meta={
    'rule_id': 'OUT-039', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje mål står i goal_attainment, en gång.',
    'why_sv': 'Ett mål som faller bort ser ut att aldrig ha funnits.',
    'remedy_sv': 'Jämför dim_goal med goal_attainment för förbundet.',
}) }}
with goal as (
    select
        association_id,
        count(*) as goal_count
    from {{ ref('stg_goals__claims') }}
    group by 1
),

shown as (
    select
        association_id,
        count(*) as goal_count
    from {{ ref('goal_attainment') }}
    group by 1
)

select
    coalesce(goal.association_id, shown.association_id) as association_id,
    abs(coalesce(goal.goal_count, 0) - coalesce(shown.goal_count, 0))::bigint as failed
from goal
full outer join shown on goal.association_id = shown.association_id
where coalesce(goal.goal_count, 0) <> coalesce(shown.goal_count, 0)
