with applicable as (
    {{ reference_rows('rules') }}
),

typed as (
    select
        association_id,
        is_common,
        {{ text_of('rule_code') }} as rule_code,
        {{ share_of('value_share') }} as value_share,
        {{ integer_of('value_number') }} as value_number,
        {{ text_of('base_code') }} as base_code,
        {{ text_of('source') }} as source_sv,
        {{ date_of('valid_from') }} as valid_from,
        {{ date_of('valid_to') }} as valid_to,
        _delivery_id,
        _row_number
    from applicable
),

own_or_common as (
    select *, {{ own_first('association_id, rule_code') }} as precedence from typed
)

select
    association_id,
    rule_code,
    value_share,
    value_number,
    base_code,
    source_sv,
    {{ first_year() }} as first_year,
    {{ last_year('association_id, rule_code') }} as last_year,
    _delivery_id,
    _row_number
from own_or_common
where precedence = 1
