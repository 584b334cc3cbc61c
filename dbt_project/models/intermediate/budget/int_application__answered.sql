-- Every decision about every application, in the order they were made: a prolongation is one more version.
with application as (
    select
        association_id,
        application_code,
        initiative_id,
        {{ match_key('application_code') }} as application_key,
        max(application_date) as application_date
    from {{ ref('fct_application') }}
    group by 1, 2, 3
)

select
    application.association_id,
    application.application_code,
    application.initiative_id,
    decision.version_number,
    min(decision.decision_code) as decision_code,
    min(decision.decision_date) as decision_date,
    min(decision.paragraph) as paragraph,
    -- granted in part is granted
    min(decision.decision_kind) as decision_kind,
    min(decision.from_date) as from_date,
    max(decision.to_date) as to_date,
    bool_or(decision.has_option) as has_option,
    max(decision.option_to_date) as option_to_date,
    min(decision.conditions) as conditions,
    bool_or(decision.is_prolongation) as is_prolongation,
    coalesce(sum(decision.amount_sek) filter (where decision.decision_kind = 'granted'), 0)::numeric(18, 2)
        as granted_sek
from application
inner join {{ ref('fct_decision') }} as decision
    on
        application.association_id = decision.association_id
        and case
            when decision.application_code is not null
                then {{ match_key('decision.application_code') }} = application.application_key
            -- an unknown initiative may be any of several: only the application's number says which
            else
                application.initiative_id not in ('not_stated', 'unmapped')
                and application.initiative_id = decision.initiative_id
                and application.application_date <= decision.decision_date
        end
group by 1, 2, 3, 4
