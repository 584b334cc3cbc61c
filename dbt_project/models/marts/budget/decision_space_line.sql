-- The rows behind each year of a decision space: the version's own, and the applications that lay undecided that day.
with shown as (
    select
        association_id,
        as_of_date,
        fiscal_year,
        version
    from {{ ref('decision_space') }}
),

stated as (
    select
        shown.*,
        line._delivery_id as delivery_id,
        line._row_number as row_number,
        {{ decision_space_section('line') }} as section,
        line.delivered_line_name as line_name,
        line.initiative_id,
        line.delivered_initiative_name,
        line.party_id,
        line.delivered_party_name,
        null::text as application_code,
        line.amount_sek,
        case when {{ decision_space_section('line') }} = 'undecided' then 0 else -line.ledger_sek end as effect_sek
    from shown
    inner join {{ ref('fct_budget_line') }} as line
        on
            shown.association_id = line.association_id
            and shown.as_of_date = line.made_date
            and shown.fiscal_year = line.fiscal_year
            and shown.version = line.as_of_version
),

pending as (
    select
        shown.*,
        request._delivery_id as delivery_id,
        request._row_number as row_number,
        'application' as section,
        null::text as line_name,
        request.initiative_id,
        request.delivered_initiative_name,
        request.party_id,
        request.delivered_party_name,
        request.application_code,
        request.amount_sek,
        -request.amount_sek as effect_sek
    from shown
    inner join {{ ref('fct_application') }} as request
        on
            shown.association_id = request.association_id
            and shown.fiscal_year = request.decision_year
            and {{ was_pending('request', 'shown.as_of_date') }}
    -- a sheet of posts without money asks the association for none
    where request.is_decision_basis and request.amount_sek <> 0
),

line as (
    select * from stated
    union all
    select * from pending
)

select
    line.association_id::text as association_id,
    line.as_of_date::date as as_of_date,
    line.fiscal_year::integer as fiscal_year,
    line.version::text as version,
    line.delivery_id::text as delivery_id,
    line.row_number::integer as row_number,
    line.section::text as section,
    line.line_name::text as line_name,
    line.initiative_id::text as initiative_id,
    initiative.initiative_name::text as initiative_name,
    line.delivered_initiative_name::text as delivered_initiative_name,
    line.party_id::text as party_id,
    party.member_name::text as party_name,
    line.delivered_party_name::text as delivered_party_name,
    line.application_code::text as application_code,
    line.amount_sek::numeric(18, 2) as amount_sek,
    line.effect_sek::numeric(18, 2) as effect_sek
from line
left join {{ ref('dim_initiative') }} as initiative
    on
        line.association_id = initiative.association_id
        and line.initiative_id = initiative.initiative_id
        and line.fiscal_year between initiative.first_year and initiative.last_year
left join {{ ref('dim_member') }} as party
    on
        line.association_id = party.association_id
        and line.party_id = party.member_id
        and line.fiscal_year between party.first_year and party.last_year
