{{ config(meta={
    'rule_id': 'OUT-061', 'severity': 'finding', 'beside': 'exit_measures', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Den som avslutats i en individinriktad insats är uppföljd 3 och 6 månader senare, inom de dagar regeln follow_up_grace_days anger.',
    'why_sv': 'Målen gäller oftast hur det är efter en tid, inte dagen för avslutet. De som inte är uppföljda saknas i nämnaren, och det är sällan de som det gått bäst för.',
    'remedy_sv': 'Följ upp och lämna registret för avslutets år en gång till, med uppföljningen ifylld. Följer förbundet inte upp alls: lägg in regeln utan tal i den egna rules.csv.',
}) }}
-- who is asked: nobody anonymous, withdrawn or dead. As of the last day the registers tell of, as other dues are.
with known as (
    select
        association_id,
        max(greatest(start_date, end_date)) as known_date
    from {{ ref('int_participation__deduplicated') }}
    group by 1
),

ended as (
    select spell.*
    from {{ ref('int_participation__deduplicated') }} as spell
    left join {{ ref('stg_initiatives__initiatives') }} as initiative
        on
            spell.association_id = initiative.association_id
            and spell.initiative_id = initiative.initiative_id
            and extract(year from spell.end_date) between initiative.first_year and initiative.last_year
    where
        spell.end_date is not null
        and not spell.is_anonymous and not spell.is_misregistered and spell.exit_reason_code <> 'deceased'
        and initiative.is_individual is not false
),

due as (
    select
        ended.association_id,
        asked.is_told,
        (ended.end_date + asked.after)::date as follow_up_date,
        extract(year from ended.end_date) as end_year
    from ended
    cross join
        lateral (
            values
            (
                interval '3 months',
                ended.occupation_3_months_codes is not null or ended.is_self_supporting_3_months is not null
            ),
            (
                interval '6 months',
                ended.occupation_6_months_codes is not null or ended.is_self_supporting_6_months is not null
            )
        ) as asked (after, is_told)
)

select
    due.association_id,
    count(*)::bigint as failed
from due
inner join known on due.association_id = known.association_id
inner join {{ ref('stg_rules__rules') }} as rule
    on
        due.association_id = rule.association_id
        and rule.rule_code = 'follow_up_grace_days'
        and due.end_year between rule.first_year and rule.last_year
where not due.is_told and due.follow_up_date + rule.value_number < known.known_date
group by 1
