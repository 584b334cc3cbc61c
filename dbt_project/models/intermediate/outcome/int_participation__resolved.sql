-- Every delivered row with its initiative and exit result in our words; a row that matches nothing stays, as unmapped.
with spell as (
    select * from {{ ref('stg_participants__spells') }}
),

initiative_name as materialized (
    select
        initiative.association_id,
        initiative.initiative_id,
        initiative.first_year,
        initiative.last_year,
        {{ match_key('name.spelling') }} as initiative_key
    from {{ ref('stg_initiatives__initiatives') }} as initiative
    cross join
        lateral unnest(initiative.aliases || array[initiative.name_sv, initiative.initiative_id]) as name (spelling)
),

known_initiative as materialized (
    select
        spell.association_id,
        spell.register_year,
        spell.initiative_key,
        min(initiative_name.initiative_id) as initiative_id
    from (
        select distinct
            association_id,
            register_year,
            initiative_key
        from spell
    ) as spell
    inner join initiative_name
        on
            spell.association_id = initiative_name.association_id
            and spell.initiative_key = initiative_name.initiative_key
            and spell.register_year between initiative_name.first_year and initiative_name.last_year
    group by 1, 2, 3
    having count(distinct initiative_name.initiative_id) = 1
),

known_result as materialized (
    select
        result.association_id,
        {{ match_key('name.spelling') }} as exit_result_key,
        min(result.code) as exit_result_code
    from {{ ref('stg_code_lists__codes') }} as result
    cross join lateral unnest(result.aliases || array[result.label_sv, result.code]) as name (spelling)
    where result.list_code = 'exit_result'
    group by 1, 2
    having count(distinct result.code) = 1
)

select
    spell.association_id,
    spell.register_year,
    spell.person_key,
    coalesce(known_initiative.initiative_id, 'unmapped') as initiative_id,
    -- two unknown initiatives are two, also while both are called unmapped
    coalesce(known_initiative.initiative_id, 'unmapped:' || spell.initiative_key) as initiative_identity,
    spell.sex,
    spell.start_date,
    spell.end_date,
    case
        when spell.end_date is null then null
        when spell.exit_result is null then 'not_stated'
        else coalesce(known_result.exit_result_code, 'unmapped')
    end as exit_result_code,
    spell.is_anonymous,
    spell._delivery_id,
    spell._row_number
from spell
left join known_initiative
    on
        spell.association_id = known_initiative.association_id
        and spell.register_year = known_initiative.register_year
        and spell.initiative_key = known_initiative.initiative_key
left join known_result
    on
        spell.association_id = known_result.association_id
        and spell.exit_result_key = known_result.exit_result_key
