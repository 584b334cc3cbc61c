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
        coalesce({{ text_of('member_id') }}, 'all') as member_id,
        coalesce({{ money_of('lower_sek') }}, 0)::numeric(18, 2) as lower_sek,
        {{ money_of('upper_sek') }} as upper_sek,
        coalesce({{ text_of('step_method') }}, 'whole') as step_method,
        {{ money_of('cap_sek') }} as cap_sek,
        {{ text_of('line_code') }} as line_code,
        {{ text_of('source') }} as source_sv,
        {{ date_of('valid_from') }} as valid_from,
        {{ date_of('valid_to') }} as valid_to,
        _delivery_id,
        _row_number
    from applicable
),

own_or_common as (
    select *, {{ own_first('association_id, rule_code') }} as precedence from typed
),

dated as (
    select
        *,
        {{ first_year() }} as first_year,
        {{ last_year_of_set('association_id, rule_code') }} as last_year
    from own_or_common
    where precedence = 1
)

select
    association_id,
    rule_code,
    value_share,
    value_number,
    base_code,
    member_id,
    lower_sek,
    upper_sek,
    step_method,
    cap_sek,
    line_code,
    source_sv,
    first_year,
    last_year,
    -- the steps of one set, lowest first; a set of shares has one row per member
    row_number() over (
        partition by association_id, rule_code, first_year order by lower_sek, member_id, _delivery_id, _row_number
    ) as step_number,
    count(*) over (partition by association_id, rule_code, first_year) as step_count,
    _delivery_id,
    _row_number
from dated
where first_year <= last_year
