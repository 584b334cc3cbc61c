with told as (
    select
        association_id,
        initiative_id,
        fiscal_year,
        quarter,
        party_id,
        bool_or(is_granted) as is_granted,
        min(claim_date) as claim_date,
        sum(claimed_sek) as claimed_sek,
        sum(own_financing_sek) as own_financing_sek,
        sum(in_kind_sek) as in_kind_sek,
        sum(booked_sek) as booked_sek
    from {{ ref('int_initiative_claim__told') }}
    group by 1, 2, 3, 4, 5
),

granted as (
    select
        association_id,
        initiative_id,
        fiscal_year,
        sum(amount_sek) as granted_sek
    from {{ ref('fct_decision') }}
    where decision_kind = 'granted'
    group by 1, 2, 3
),

known as (
    select
        association_id,
        max(claim_date) as known_date
    from {{ ref('fct_project_cost') }}
    group by 1
),

course as (
    select
        told.association_id,
        told.initiative_id,
        told.fiscal_year,
        told.quarter,
        told.party_id,
        told.is_granted,
        told.claimed_sek,
        told.own_financing_sek,
        told.in_kind_sek,
        told.booked_sek,
        granted.granted_sek,
        known.known_date,
        sum(told.claimed_sek) over so_far as claimed_to_date_sek,
        -- a grant that names no party is answered by whichever party claims
        case when told.party_id = 'not_stated' then min(told.claim_date) over same_quarter else told.claim_date end
            as claim_date,
        case
            when told.quarter <> 'not_stated'
                then make_date(told.fiscal_year, right(told.quarter, 1)::integer * 3 - 2, 1)
        end as quarter_start_date,
        rule.value_number
    from told
    left join granted
        on
            told.association_id = granted.association_id
            and told.initiative_id = granted.initiative_id
            and told.fiscal_year = granted.fiscal_year
    left join known on told.association_id = known.association_id
    left join {{ ref('dim_rule') }} as rule
        on
            told.association_id = rule.association_id
            and rule.rule_code = 'claim_due_days'
            and told.fiscal_year between rule.first_year and rule.last_year
    window
        so_far as (partition by told.association_id, told.initiative_id, told.fiscal_year order by told.quarter),
        same_quarter as (partition by told.association_id, told.initiative_id, told.quarter)
),

due as (
    select
        *,
        (quarter_start_date + interval '3 months')::date - 1 + value_number as due_date
    from course
)

select
    due.association_id::text as association_id,
    due.initiative_id::text as initiative_id,
    initiative.initiative_name::text as initiative_name,
    due.fiscal_year::integer as fiscal_year,
    due.quarter::text as quarter,
    due.party_id::text as party_id,
    party.member_name::text as party_name,
    due.quarter_start_date::date as quarter_start_date,
    due.due_date::date as due_date,
    due.claim_date::date as claim_date,
    due.is_granted::boolean as is_granted,
    case
        when due.claim_date > due.due_date then 'claimed_late'
        when due.claim_date is not null then 'claimed'
        when not due.is_granted then 'not_granted'
        when due.due_date is null then 'not_claimed'
        when due.known_date > due.due_date then 'missing'
        else 'not_due'
    end::text as status,
    due.claimed_sek::numeric(18, 2) as claimed_sek,
    due.own_financing_sek::numeric(18, 2) as own_financing_sek,
    due.in_kind_sek::numeric(18, 2) as in_kind_sek,
    due.booked_sek::numeric(18, 2) as booked_sek,
    due.granted_sek::numeric(18, 2) as granted_sek,
    due.claimed_to_date_sek::numeric(18, 2) as claimed_to_date_sek,
    (due.granted_sek - due.claimed_to_date_sek)::numeric(18, 2) as remaining_sek
from due
left join {{ ref('dim_initiative') }} as initiative
    on
        due.association_id = initiative.association_id
        and due.initiative_id = initiative.initiative_id
        and due.fiscal_year between initiative.first_year and initiative.last_year
left join {{ ref('dim_member') }} as party
    on
        due.association_id = party.association_id
        and due.party_id = party.member_id
        and due.fiscal_year between party.first_year and party.last_year
