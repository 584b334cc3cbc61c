-- A member goes by its name, its code or an alias, in the years the register says. A name two share is nobody's.
with fee as (
    select * from {{ ref('stg_member_fees__fees') }}
),

member_name as materialized (
    select
        member.association_id,
        member.member_id,
        member.member_kind,
        member.first_year,
        member.last_year,
        {{ match_key('name.spelling') }} as member_key
    from {{ ref('stg_members__members') }} as member
    cross join lateral unnest(member.aliases || array[member.name_sv, member.member_id]) as name (spelling)
),

known as (
    select
        fee.association_id,
        fee.fiscal_year,
        fee.member_key,
        min(member_name.member_id) as member_id,
        min(member_name.member_kind) as member_kind
    from (
        select distinct
            association_id,
            fiscal_year,
            member_key
        from fee
    ) as fee
    inner join member_name
        on
            fee.association_id = member_name.association_id
            and fee.member_key = member_name.member_key
            and fee.fiscal_year between member_name.first_year and member_name.last_year
    group by 1, 2, 3
    having count(distinct member_name.member_id) = 1
),

version_in_force as (
    select
        association_id,
        fiscal_year,
        case when bool_or(fee_version = 'final') then 'final' else 'preliminary' end as fee_version
    from fee
    where fee_event = 'decided'
    group by 1, 2
)

select
    fee.association_id,
    fee.fiscal_year,
    coalesce(known.member_id, 'unmapped') as member_id,
    coalesce(known.member_kind, 'unmapped') as member_kind,
    fee.member_name as delivered_name,
    fee.fee_event,
    fee.fee_kind,
    fee.fee_version,
    fee.fee_event = 'decided' and fee.fee_version = version_in_force.fee_version as is_decision_in_force,
    fee.amount_sek,
    fee.invoice_number,
    fee.due_date,
    fee.paid_date,
    fee._delivery_id,
    fee._row_number
from fee
left join known
    on
        fee.association_id = known.association_id
        and fee.fiscal_year = known.fiscal_year
        and fee.member_key = known.member_key
left join version_in_force
    on
        fee.association_id = version_in_force.association_id
        and fee.fiscal_year = version_in_force.fiscal_year
