-- Every delivered row with its initiative and exit result in our words; a row that matches nothing stays, as unmapped.
with spell as (
    select * from {{ ref('stg_participants__spells') }}
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
        else coalesce(known_result.code, 'unmapped')
    end as exit_result_code,
    spell.is_anonymous,
    spell._delivery_id,
    spell._row_number
from spell
left join {{ ref('int_initiative__named') }} as known_initiative
    on
        spell.association_id = known_initiative.association_id
        and spell.initiative_key = known_initiative.name_key
        and spell.register_year between known_initiative.first_year and known_initiative.last_year
left join {{ ref('int_code__named') }} as known_result
    on
        known_result.list_code = 'exit_result'
        and spell.association_id = known_result.association_id
        and spell.exit_result_key = known_result.name_key
