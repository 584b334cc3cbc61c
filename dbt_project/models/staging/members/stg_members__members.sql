with applicable as (
    {{ reference_rows('members') }}
),

typed as (
    select
        association_id,
        is_common,
        {{ text_of('member_id') }} as member_id,
        {{ text_of('member_kind') }} as member_kind,
        {{ text_of('name_sv') }} as name_sv,
        {{ list_of('aliases') }} as aliases,
        {{ text_of('municipality_code') }} as municipality_code,
        -- a register loaded before the column existed says nothing: its members pay
        coalesce({{ flag_of('pays_fee') }}, true) as pays_fee,
        {{ date_of('valid_from') }} as valid_from,
        {{ date_of('valid_to') }} as valid_to,
        _delivery_id,
        _row_number
    from applicable
),

own_or_common as (
    select *, {{ own_first('association_id, member_id') }} as precedence from typed
)

select
    association_id,
    member_id,
    member_kind,
    name_sv,
    aliases,
    municipality_code,
    pays_fee,
    {{ first_year() }} as first_year,
    {{ last_year('association_id, member_id') }} as last_year,
    _delivery_id,
    _row_number
from own_or_common
where precedence = 1
