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
    coalesce(initiative.initiative_id, 'unmapped') as initiative_id,
    -- two unknown initiatives are two, also while both are called unmapped
    coalesce(initiative.initiative_id, 'unmapped:' || spell.initiative_key) as initiative_identity,
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
{{ join_initiative('spell', 'register_year') }}
{%- for told, list_code in [
    ('exit_result', 'exit_result'), ('referrer', 'referrer'), ('education', 'education'),
    ('support_before', 'support'), ('support_after', 'support'),
    ('occupation_before', 'occupation'), ('occupation_after', 'occupation'),
] %}
    left join answer as {{ told }}
        on
            {{ told }}.list_code = '{{ list_code }}'
            and spell.association_id = {{ told }}.association_id
            and spell.{{ told }}_key = {{ told }}.answer_key
{%- endfor %}
