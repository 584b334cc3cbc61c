{{ config(materialized='view') }}
-- Every delivered row in our words: its initiative and what is told; a row that matches nothing stays, as unmapped.
-- A view, so that a reader asks for the codes it needs: the others' joins are left out, since an answer is read once.
with spell as (
    select
        *,
        -- a consent taken back leaves a spell that is counted, and nothing else is told of it
        consent_withdrawn_date is null as is_told
    from {{ ref('int_participation__ordered') }}
)

select
    spell.association_id,
    spell.register_year,
    spell.person_key,
    coalesce(spell.initiative_id, 'unmapped') as initiative_id,
    spell.initiative_identity,
    spell.sex,
    spell.start_date,
    spell.end_date,
    case
        when spell.end_date is null then null
        when spell.exit_result is not null then coalesce(exit_result.codes[1], 'unmapped')
        when spell.exit_reason is null then 'not_stated'
        -- result and reason are often one column: what is no known result may be a known reason
        when result_in_reason.codes[1] <> 'unmapped' then result_in_reason.codes[1]
        when exit_reason.codes[1] <> 'unmapped' then 'not_stated'
        else 'unmapped'
    end as exit_result_code,
    case
        when spell.end_date is null then null
        when spell.exit_reason is null or not spell.is_told then 'not_stated'
        when exit_reason.codes[1] <> 'unmapped' then exit_reason.codes[1]
        when spell.exit_result is null then 'not_stated'
        else 'unmapped'
    end as exit_reason_code,
    -- of the answer the result was read from
    case
        when spell.end_date is null then false
        when spell.exit_result is null then coalesce(result_in_reason.is_misregistered, false)
        else coalesce(exit_result.is_misregistered, false)
    end as is_misregistered,
    case when spell.is_told then spell.birth_year end as birth_year,
    case when spell.is_told then spell.age_at_start end as age_at_start,
    spell.is_anonymous or not spell.is_told as is_anonymous,
    not spell.is_told as is_withdrawn,
    spell.consent_date is not null as has_consent,
    coalesce(referrer.codes[1], 'not_stated') as referrer_code,
    coalesce(education.codes[1], 'not_stated') as education_code,
    coalesce(time_in_support.codes[1], 'not_stated') as time_in_support_code,
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
    occupation_3_months.codes as occupation_3_months_codes,
    occupation_6_months.codes as occupation_6_months_codes,
    coalesce(occupation_before.totals, '{}') as occupation_before_totals,
    coalesce(occupation_after.totals, '{}') as occupation_after_totals,
    coalesce(occupation_3_months.totals, '{}') as occupation_3_months_totals,
    coalesce(occupation_6_months.totals, '{}') as occupation_6_months_totals,
    {%- for told in [
        'occupation_extent_share', 'occupation_extent_before_share', 'occupation_extent_after_share',
        'is_self_supporting', 'is_self_supporting_3_months', 'is_self_supporting_6_months',
    ] %}
        case when spell.is_told then spell.{{ told }} end as {{ told }},
    {%- endfor %}
    spell.precedence,
    spell.delivered_row_count,
    spell.is_recurring,
    spell._delivery_id,
    spell._row_number
from spell
{%- for told, list_code, column in [
    ('exit_result', 'exit_result', 'exit_result'), ('exit_reason', 'exit_reason', 'exit_reason'),
    ('result_in_reason', 'exit_result', 'exit_reason'),
    ('referrer', 'referrer', 'referrer'), ('education', 'education', 'education'),
    ('time_in_support', 'time_in_support', 'time_in_support'),
    ('support_before', 'support', 'support_before'), ('support_after', 'support', 'support_after'),
    ('occupation_before', 'occupation', 'occupation_before'), ('occupation_after', 'occupation', 'occupation_after'),
    ('occupation_3_months', 'occupation', 'occupation_3_months'),
    ('occupation_6_months', 'occupation', 'occupation_6_months'),
] %}
    left join {{ ref('int_participation__answers') }} as {{ told }}
        on
            {{ told }}.list_code = '{{ list_code }}'
            and spell.association_id = {{ told }}.association_id
            and spell.{{ column }} = {{ told }}.answer
            {%- if list_code not in ('exit_result', 'exit_reason') %}
                and spell.is_told
            {%- endif %}
{%- endfor %}
