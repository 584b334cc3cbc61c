-- A spell that stands in several registers is one spell: the latest register rules. Disagreement is a finding.
with ranked as (
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
    ranked.is_anonymous,
    ranked.delivered_row_count,
    coalesce(result.group_code = 'misregistered', false) as is_misregistered,
    ranked._delivery_id,
    ranked._row_number
from ranked
left join {{ ref('stg_code_lists__codes') }} as result
    on
        ranked.association_id = result.association_id
        and ranked.exit_result_code = result.code
        and result.list_code = 'exit_result'
where ranked.precedence = 1
