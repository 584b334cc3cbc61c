-- A spell that stands in several registers is one spell: the latest register rules. Disagreement is a finding.
with exit_result as materialized (
    select * from {{ ref('stg_code_lists__codes') }}
    where list_code = 'exit_result'
),

ranked as (
    select
        *,
        row_number() over (spell order by register_year desc, _delivery_id desc, _row_number desc) as precedence,
        count(*) over spell as delivered_row_count
    from {{ ref('int_participation__resolved') }}
    window spell as (partition by association_id, person_key, initiative_identity, start_date)
)

select
    ranked.association_id,
    ranked.register_year,
    ranked.person_key,
    ranked.initiative_id,
    ranked.initiative_identity,
    ranked.sex,
    ranked.start_date,
    ranked.end_date,
    ranked.exit_result_code,
    ranked.exit_reason_code,
    ranked.birth_year,
    ranked.age_at_start,
    ranked.is_anonymous,
    ranked.is_withdrawn,
    ranked.has_consent,
    ranked.referrer_code,
    ranked.education_code,
    ranked.time_in_support_code,
    ranked.support_before_codes,
    ranked.support_after_codes,
    ranked.occupation_before_codes,
    ranked.occupation_after_codes,
    ranked.occupation_3_months_codes,
    ranked.occupation_6_months_codes,
    ranked.occupation_before_totals,
    ranked.occupation_after_totals,
    ranked.occupation_3_months_totals,
    ranked.occupation_6_months_totals,
    ranked.occupation_extent_share,
    ranked.occupation_extent_before_share,
    ranked.occupation_extent_after_share,
    ranked.is_self_supporting,
    ranked.is_self_supporting_3_months,
    ranked.is_self_supporting_6_months,
    ranked.delivered_row_count,
    coalesce(exit_result.group_code = 'misregistered', false) as is_misregistered,
    ranked._delivery_id,
    ranked._row_number
from ranked
left join exit_result
    on
        ranked.association_id = exit_result.association_id
        and ranked.exit_result_code = exit_result.code
where ranked.precedence = 1
