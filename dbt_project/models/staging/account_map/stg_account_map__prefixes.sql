with applicable as (
    {{ reference_rows('account_map') }}
),

typed as (
    select
        association_id,
        is_common,
        {{ text_of('account_prefix') }} as account_prefix,
        {{ text_of('statement') }} as statement,
        {{ place_of_statement(text_of('statement')) }} as place,
        {{ text_of('line_code') }} as line_code,
        {{ date_of('valid_from') }} as valid_from,
        {{ date_of('valid_to') }} as valid_to,
        _delivery_id,
        _row_number
    from applicable
)

select
    association_id,
    is_common,
    account_prefix,
    statement,
    place,
    line_code,
    {{ first_year() }} as first_year,
    {{ last_year('association_id, is_common, account_prefix, place') }} as last_year,
    _delivery_id,
    _row_number
from typed
