-- Every delivered row in our words: its initiative and what is told; a row that matches nothing stays, as unmapped.
with spell as (
    select * from {{ ref('stg_participants__spells') }}
),

answer as materialized (
    select
        association_id,
        list_code,
        answer_key,
        codes,
        codes[1] as code
    from {{ ref('int_participation__answers') }}
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
        else coalesce(exit_result.code, 'unmapped')
    end as exit_result_code,
    spell.is_anonymous,
    coalesce(referrer.code, 'not_stated') as referrer_code,
    coalesce(education.code, 'not_stated') as education_code,
    coalesce(support_before.codes, array['not_stated']) as support_before_codes,
    -- who is still there has no afterwards yet
    case
        when spell.end_date is null then support_after.codes
        else coalesce(support_after.codes, array['not_stated'])
    end as support_after_codes,
    coalesce(occupation_before.codes, array['not_stated']) as occupation_before_codes,
    case
        when spell.end_date is null then occupation_after.codes
        else coalesce(occupation_after.codes, array['not_stated'])
    end as occupation_after_codes,
    spell.occupation_extent_share,
    spell._delivery_id,
    spell._row_number
from spell
left join {{ ref('int_initiative__named') }} as known_initiative
    on
        spell.association_id = known_initiative.association_id
        and spell.initiative_key = known_initiative.name_key
        and spell.register_year between known_initiative.first_year and known_initiative.last_year
left join answer as exit_result
    on
        exit_result.list_code = 'exit_result'
        and spell.association_id = exit_result.association_id
        and spell.exit_result_key = exit_result.answer_key
left join answer as referrer
    on
        referrer.list_code = 'referrer'
        and spell.association_id = referrer.association_id
        and spell.referrer_key = referrer.answer_key
left join answer as education
    on
        education.list_code = 'education'
        and spell.association_id = education.association_id
        and spell.education_key = education.answer_key
left join answer as support_before
    on
        support_before.list_code = 'support'
        and spell.association_id = support_before.association_id
        and spell.support_before_key = support_before.answer_key
left join answer as support_after
    on
        support_after.list_code = 'support'
        and spell.association_id = support_after.association_id
        and spell.support_after_key = support_after.answer_key
left join answer as occupation_before
    on
        occupation_before.list_code = 'occupation'
        and spell.association_id = occupation_before.association_id
        and spell.occupation_before_key = occupation_before.answer_key
left join answer as occupation_after
    on
        occupation_after.list_code = 'occupation'
        and spell.association_id = occupation_after.association_id
        and spell.occupation_after_key = occupation_after.answer_key
