{{ config(pre_hook="set local enable_nestloop = off; set local enable_mergejoin = off") }}
-- One row per spell and no trace of the person: the pseudonym stays in the intermediate room.
{%- set answered = [
    ('self_support_stated', 'spell.is_self_supporting is not null', 'spell.is_self_supporting'),
    ('self_support_3_months', 'spell.is_self_supporting_3_months is not null', 'spell.is_self_supporting_3_months'),
    ('self_support_6_months', 'spell.is_self_supporting_6_months is not null', 'spell.is_self_supporting_6_months'),
    ('work_or_studies_3_months', 'spell.occupation_3_months_codes is not null',
        "'any_work_or_studies' = any(spell.occupation_3_months_totals)"),
    ('work_or_studies_6_months', 'spell.occupation_6_months_codes is not null',
        "'any_work_or_studies' = any(spell.occupation_6_months_totals)"),
] %}
{%- set age_key = 'coalesce(spell.age_at_start, extract(year from spell.start_date) - spell.birth_year)::text' %}
with spell as (
    select
        *,
        num_nonnulls(
            is_self_supporting, is_self_supporting_3_months, is_self_supporting_6_months,
            occupation_3_months_codes, occupation_6_months_codes
        ) > 0 as is_told_of
    from {{ ref('int_participation__deduplicated') }}
)

select
    spell.association_id::text as association_id,
    spell.initiative_id::text as initiative_id,
    spell.sex::text as sex,
    spell.start_date::date as start_date,
    spell.end_date::date as end_date,
    spell.exit_result_code::text as exit_result_code,
    spell.exit_reason_code::text as exit_reason_code,
    spell.is_anonymous::boolean as is_anonymous,
    spell.is_misregistered::boolean as is_misregistered,
    spell.referrer_code::text as referrer_code,
    spell.education_code::text as education_code,
    spell.time_in_support_code::text as time_in_support_code,
    -- a year of birth stays in the intermediate room too
    {{ code_or_reason(age_key, 'age_band.code') }}::text as age_band_code,
    spell.support_before_codes::text[] as support_before_codes,
    spell.support_after_codes::text[] as support_after_codes,
    spell.occupation_before_codes::text[] as occupation_before_codes,
    spell.occupation_after_codes::text[] as occupation_after_codes,
    spell.occupation_before_totals::text[] as occupation_before_totals,
    spell.occupation_after_totals::text[] as occupation_after_totals,
    spell.occupation_3_months_codes::text[] as occupation_3_months_codes,
    spell.occupation_6_months_codes::text[] as occupation_6_months_codes,
    spell.occupation_extent_share::numeric(18, 6) as occupation_extent_share,
    spell.occupation_extent_before_share::numeric(18, 6) as occupation_extent_before_share,
    spell.occupation_extent_after_share::numeric(18, 6) as occupation_extent_after_share,
    -- not a yes is a no only where somebody has answered
    {%- for name, of_result, says in [('told', 'told_codes', 1), ('reached', 'reached_codes', 2)] %}
        case
            when not spell.is_told_of then coalesce(measure.{{ of_result }}, '{}')
            else
                coalesce(measure.{{ of_result }}, '{}') || array_remove(array[
                    {%- for answer in answered %}
                        case when {{ answer[says] }} then '{{ answer[0] }}' end{{ ',' if not loop.last }}
                    {%- endfor %}
                ], null)
        end::text[] as {{ name }}_measures,
    {%- endfor %}
    -- whoever stands in one row only is the one who counts, wherever she counts
    {%- for name, years in [
        ('initiative', 'register.fiscal_years'), ('individual', 'register.individual_years'),
        ('association', 'register.fiscal_years'),
    ] %}
        coalesce(
            case
                when spell.is_recurring then person.{{ name }}_person_years
                when not spell.is_misregistered then {{ years_touched(years) }}::text[]
            end,
            '{}'
        )::text[] as {{ name }}_person_years,
    {%- endfor %}
    spell.register_year::integer as register_year,
    spell.delivered_row_count::integer as delivered_row_count,
    spell._delivery_id::text as _delivery_id,
    spell._row_number::integer as _row_number
from spell
left join {{ ref('int_code__named') }} as age_band
    on
        age_band.list_code = 'age_band'
        and spell.association_id = age_band.association_id
        and {{ age_key }} = age_band.name_key
left join {{ ref('int_participation__persons') }} as person
    on spell._delivery_id = person._delivery_id and spell._row_number = person._row_number
left join {{ ref('int_register__by_initiative') }} as register
    on spell.association_id = register.association_id and spell.initiative_id = register.initiative_id
left join {{ ref('int_exit_measure__by_result') }} as measure
    on spell.association_id = measure.association_id and spell.exit_result_code = measure.exit_result_code
