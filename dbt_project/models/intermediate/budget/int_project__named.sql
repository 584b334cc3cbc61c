-- Which initiative each project code of the ledger is: a small analysed table, so that no ledger row compares names.
with project as (
    select distinct
        association_id,
        fiscal_year,
        project_code
    from {{ ref('stg_ledger__entries') }}
    where project_code is not null
)

select
    project.association_id,
    project.fiscal_year,
    project.project_code,
    coalesce(initiative.initiative_id, 'unmapped') as initiative_id
from project
left join {{ ref('int_initiative__named') }} as initiative
    on
        project.association_id = initiative.association_id
        and {{ match_key('project.project_code') }} = initiative.name_key
        and project.fiscal_year between initiative.first_year and initiative.last_year
