{{ config(meta={
    'rule_id': 'OUT-049', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Ett deltagarantal för alla är summan av kvinnor, män och okänt, och de avslutade av resultaten.',
    'why_sv': 'Delarna räknas, så en annan summa i leveransen betyder att någon del är fel eller saknas.',
    'remedy_sv': 'Jämför raderna för insatsen, perioden och måttet, och lämna filen igen med rätt antal.',
}) }}
with told as (
    select * from {{ ref('int_participant_count__resolved') }}
),

by_sex as (
    select
        association_id,
        initiative_identity,
        reported_period,
        measure,
        exit_result_key,
        sum(reported_count) filter (where sex = 'all') as whole_count,
        sum(reported_count) filter (where sex <> 'all') as part_count,
        bool_or(reported_count is null) as is_hidden
    from told
    group by 1, 2, 3, 4, 5
),

by_result as (
    select
        association_id,
        initiative_identity,
        reported_period,
        sex,
        sum(reported_count) filter (where exit_result_key is null) as whole_count,
        sum(reported_count) filter (where exit_result_key is not null) as part_count,
        bool_or(reported_count is null) as is_hidden
    from told
    where measure = 'ended'
    group by 1, 2, 3, 4
),

compared as (
    select
        association_id,
        whole_count,
        part_count
    from by_sex
    where not is_hidden
    union all
    select
        association_id,
        whole_count,
        part_count
    from by_result
    where not is_hidden
)

select
    association_id,
    count(*)::bigint as failed
from compared
where whole_count <> part_count
group by 1
