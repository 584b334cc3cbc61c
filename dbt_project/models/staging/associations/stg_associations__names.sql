with applicable as (
    {{ reference_rows('associations') }}
),

typed as (
    select
        association_id,
        is_common,
        {{ text_of('organisation_number') }} as organisation_number,
        {{ text_of('name_sv') }} as name_sv,
        {{ date_of('valid_from') }} as valid_from,
        {{ date_of('valid_to') }} as valid_to,
        _delivery_id,
        _row_number
    from applicable
),

own_or_common as (
    select *, {{ own_first('association_id') }} as precedence from typed
)

select
    association_id,
    organisation_number,
    name_sv,
    {{ first_year() }} as first_year,
    {{ last_year('association_id') }} as last_year,
    _delivery_id,
    _row_number
from own_or_common
where precedence = 1
