with member as (
    select * from {{ ref('int_member_fee__by_member') }}
),

with_share as (
    select
        member.*,
        rule.value_share as group_share
    from member
    left join {{ ref('dim_rule') }} as rule
        on
            member.association_id = rule.association_id
            and rule.rule_code = 'financing_share_' || member.member_kind
            and member.fiscal_year between rule.first_year and rule.last_year
),

with_base as (
    select
        *,
        -- a member that has no part in a kind does not depend on what the others decided: its base is nothing
        case when ordinary_key_basis = 'none' then 0 else ordinary_total_sek end as ordinary_base_sek,
        case when ordinary_key_basis = 'ordinary' then ordinary_decided_sek else 0 end as ordinary_key_sek,
        case when ordinary_key_basis = 'ordinary' then ordinary_group_sek else 0 end as ordinary_key_total_sek,
        case when extra_key_basis = 'none' then 0 else extra_total_sek end as extra_base_sek,
        case extra_key_basis
            when 'extra' then extra_decided_sek when 'ordinary' then ordinary_decided_sek else 0
        end as extra_key_sek,
        case extra_key_basis
            when 'extra' then extra_group_sek when 'ordinary' then ordinary_group_sek else 0
        end as extra_key_total_sek
    from with_share
),

by_rule as (
    select
        *,
        {{ by_rule('ordinary') }} as ordinary_by_rule_sek,
        {{ by_rule('extra') }} as extra_by_rule_sek
    from with_base
),

fee_year as (
    select distinct
        association_id,
        fiscal_year
    from member
),

with_year_before as (
    select
        by_rule.*,
        fee_year.fiscal_year is not null as is_year_before_decided,
        -- no fee in a year that has fees is nothing to pay; a year without fees says nothing
        case when fee_year.fiscal_year is not null then coalesce(year_before.decided_sek, 0) end
            as previous_year_decided_sek
    from by_rule
    left join fee_year
        on by_rule.association_id = fee_year.association_id and by_rule.fiscal_year = fee_year.fiscal_year + 1
    left join member as year_before
        on
            by_rule.association_id = year_before.association_id
            and by_rule.fiscal_year = year_before.fiscal_year + 1
            and by_rule.member_id = year_before.member_id
),

event as (
    select
        association_id,
        fiscal_year,
        member_id,
        sum(amount_sek) filter (where fee_event = 'invoiced') as invoiced_sek,
        sum(amount_sek) filter (where fee_event = 'paid') as paid_sek,
        max(due_date) filter (where fee_event = 'invoiced') as last_due_date
    from {{ ref('fct_member_fee') }}
    group by 1, 2, 3
),

told as (
    select
        association_id,
        fiscal_year,
        bool_or(fee_event = 'invoiced') as has_invoices,
        bool_or(fee_event = 'paid') as has_payments
    from {{ ref('fct_member_fee') }}
    group by 1, 2
),

with_payments as (
    select
        with_year_before.*,
        coalesce(event.invoiced_sek, 0) as invoiced_sek,
        coalesce(event.paid_sek, 0) as paid_sek,
        event.last_due_date,
        -- a year of which no invoice or payment is delivered says nothing of who has paid
        case
            when told.has_invoices is not true then 'no_invoices'
            when told.has_payments is not true then 'no_payments'
            else 'complete'
        end as completeness
    from with_year_before
    left join told
        on with_year_before.association_id = told.association_id and with_year_before.fiscal_year = told.fiscal_year
    left join event
        on
            with_year_before.association_id = event.association_id
            and with_year_before.fiscal_year = event.fiscal_year
            and with_year_before.member_id = event.member_id
)

select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    member_id::text as member_id,
    member_name::text as member_name,
    member_kind::text as member_kind,
    pays_fee::boolean as pays_fee,
    decided_sek::numeric(18, 2) as decided_sek,
    is_year_before_decided::boolean as is_year_before_decided,
    previous_year_decided_sek::numeric(18, 2) as previous_year_decided_sek,
    (decided_sek - previous_year_decided_sek)::numeric(18, 2) as change_sek,
    (ordinary_by_rule_sek + extra_by_rule_sek)::numeric(18, 2) as by_rule_sek,
    (decided_sek - (ordinary_by_rule_sek + extra_by_rule_sek))::numeric(18, 2) as deviation_sek,
    case
        when member_kind = 'unmapped' or pays_fee is false then 'none'
        when group_member_count = 1 then 'sole_member'
        when group_agreed_share is not null then 'agreed_share'
        when group_population_count is not null then 'population'
        else 'decided_proportion'
    end::text as key_basis,
    group_share::numeric(18, 6) as group_share,
    group_member_count::integer as group_member_count,
    population_count::integer as population_count,
    population_date::date as population_date,
    group_population_count::bigint as group_population_count,
    round(
        case ordinary_key_basis
            when 'alone' then 1
            when 'agreed' then agreed_share / group_agreed_share
            when 'population' then population_count::numeric / group_population_count
            when 'equal' then 1::numeric / nullif(group_member_count, 0)
            when 'ordinary' then ordinary_key_sek / nullif(ordinary_key_total_sek, 0)
        end, 6
    )::numeric(18, 6) as key_share,
    other_decided_sek::numeric(18, 2) as other_decided_sek,
    ordinary_decided_sek::numeric(18, 2) as ordinary_decided_sek,
    ordinary_base_sek::numeric(18, 2) as ordinary_base_sek,
    ordinary_key_basis::text as ordinary_key_basis,
    ordinary_key_sek::numeric(18, 2) as ordinary_key_sek,
    ordinary_key_total_sek::numeric(18, 2) as ordinary_key_total_sek,
    ordinary_by_rule_sek::numeric(18, 2) as ordinary_by_rule_sek,
    extra_decided_sek::numeric(18, 2) as extra_decided_sek,
    extra_base_sek::numeric(18, 2) as extra_base_sek,
    extra_key_basis::text as extra_key_basis,
    extra_key_sek::numeric(18, 2) as extra_key_sek,
    extra_key_total_sek::numeric(18, 2) as extra_key_total_sek,
    extra_by_rule_sek::numeric(18, 2) as extra_by_rule_sek,
    agreed_share::numeric(18, 6) as agreed_share,
    group_agreed_share::numeric(18, 6) as group_agreed_share,
    invoiced_sek::numeric(18, 2) as invoiced_sek,
    paid_sek::numeric(18, 2) as paid_sek,
    (invoiced_sek - paid_sek)::numeric(18, 2) as receivable_sek,
    (decided_sek - invoiced_sek)::numeric(18, 2) as not_invoiced_sek,
    last_due_date::date as last_due_date,
    completeness::text as completeness
from with_payments
