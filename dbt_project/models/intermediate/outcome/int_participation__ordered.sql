{{ config(pre_hook="set local enable_nestloop = off; set local enable_mergejoin = off") }}
-- Every delivered row with its initiative, and which of the rows about one spell rules it: that of the latest register.
-- Most people stand in one row only; only the rows of the others are put in order.
with spell as not materialized (
    select
        told.*,
        initiative.initiative_id,
        initiative.initiative_identity
    from {{ ref('stg_participants__spells') }} as told
    left join {{ ref('int_participation__initiatives') }} as initiative
        on
            told.association_id = initiative.association_id
            and told.register_year = initiative.register_year
            and told.initiative_name = initiative.initiative_name
),

recurring as (
    select
        association_id,
        person_key
    from {{ ref('stg_participants__spells') }}
    group by 1, 2
    having count(*) > 1
),

ranked as (
    select
        spell._delivery_id,
        spell._row_number,
        row_number() over (
            about_one order by spell.register_year desc, spell._delivery_id desc, spell._row_number desc
        ) as precedence,
        count(*) over about_one as delivered_row_count
    from spell
    inner join recurring
        on spell.association_id = recurring.association_id and spell.person_key = recurring.person_key
    window about_one as (
        partition by spell.person_key, spell.association_id, spell.initiative_identity, spell.start_date
    )
)

select
    spell.association_id,
    spell.register_year,
    spell.person_key,
    spell.initiative_id,
    spell.initiative_identity,
    spell.sex,
    spell.start_date,
    spell.end_date,
    spell.exit_result,
    spell.exit_reason,
    spell.birth_year,
    spell.age_at_start,
    spell.is_anonymous,
    spell.referrer,
    spell.education,
    spell.time_in_support,
    spell.support_before,
    spell.support_after,
    spell.occupation_before,
    spell.occupation_after,
    spell.occupation_3_months,
    spell.occupation_6_months,
    spell.occupation_extent_share,
    spell.occupation_extent_before_share,
    spell.occupation_extent_after_share,
    spell.is_self_supporting,
    spell.is_self_supporting_3_months,
    spell.is_self_supporting_6_months,
    spell.consent_date,
    spell.consent_withdrawn_date,
    coalesce(ranked.precedence, 1) as precedence,
    coalesce(ranked.delivered_row_count, 1) as delivered_row_count,
    ranked.precedence is not null as is_recurring,
    spell._delivery_id,
    spell._row_number
from spell
left join ranked on spell._delivery_id = ranked._delivery_id and spell._row_number = ranked._row_number
