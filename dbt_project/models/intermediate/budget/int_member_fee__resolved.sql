-- Every delivered fee with the member it concerns and whether it is part of the decision that rules.
with fee as (
    select * from {{ ref('stg_member_fees__fees') }}
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
    known.pays_fee,
    fee.member_name as delivered_name,
    fee.fee_event,
    fee.fee_kind,
    fee.fee_version,
    fee.fee_event = 'decided' and fee.fee_version = version_in_force.fee_version as is_decision_in_force,
    fee.amount_sek,
    fee.unit,
    fee.population_count,
    fee.population_date,
    fee.invoice_number,
    fee.due_date,
    fee.paid_date,
    fee._delivery_id,
    fee._row_number
from fee
left join {{ ref('int_member__named') }} as known
    on
        fee.association_id = known.association_id
        and fee.member_key = known.name_key
        and fee.fiscal_year between known.first_year and known.last_year
left join version_in_force
    on
        fee.association_id = version_in_force.association_id
        and fee.fiscal_year = version_in_force.fiscal_year
