select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    member_id::text as member_id,
    member_kind::text as member_kind,
    delivered_name::text as delivered_name,
    fee_event::text as fee_event,
    fee_kind::text as fee_kind,
    fee_version::text as fee_version,
    coalesce(is_decision_in_force, false)::boolean as is_decision_in_force,
    amount_sek::numeric(18, 2) as amount_sek,
    population_count::integer as population_count,
    population_date::date as population_date,
    invoice_number::text as invoice_number,
    due_date::date as due_date,
    paid_date::date as paid_date,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('int_member_fee__resolved') }}
