{{ config(meta={
    'rule_id': 'DSC-002', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'I en ny utgåva är varje visat antal det exakta, eller det närmaste femtalet där förbundet valt avrundning.',
    'why_sv': 'Skyddet döljer eller avrundar, det hittar inte på: en annan siffra är fel.',
    'remedy_sv': 'Jämför fct_disclosure_decision med int_outcome_cells för förbundet.',
}) }}
select
    decision.association_id,
    count(*)::bigint as failed
from {{ ref('fct_disclosure_decision') }} as decision
inner join {{ source('ops', 'disclosure_standing') }} as standing on decision.association_id = standing.association_id
left join {{ ref('int_outcome_cells') }} as exact
    on
        decision.association_id = exact.association_id
        and decision.fiscal_year = exact.fiscal_year
        and decision.report = exact.report
        and decision.initiative_id = exact.initiative_id
        and decision.sex = exact.sex
        and decision.category_code = exact.category_code
        and decision.measure = exact.measure
where
    standing.is_new
    and not decision.fiscal_year = any(standing.kept_years)
    and (
        exact.cell_count is null
        or (decision.method = 'suppress' and decision.shown_count <> exact.cell_count)
        or (decision.method = 'round5' and abs(decision.shown_count - exact.cell_count) > 2)
    )
group by 1
