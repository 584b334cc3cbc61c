with applicable as (
    {{ reference_rows('initiatives') }}
),

typed as (
    select
        association_id,
        is_common,
        {{ text_of('initiative_id') }} as initiative_id,
        {{ text_of('name_sv') }} as name_sv,
        {{ list_of('aliases') }} as aliases,
        {{ text_of('initiative_kind') }} as initiative_kind,
        {{ flag_of('is_individual') }} as is_individual,
        {{ integer_of('age_min') }} as age_min,
        {{ integer_of('age_max') }} as age_max,
        {{ date_of('valid_from') }} as valid_from,
        {{ date_of('valid_to') }} as valid_to,
        _delivery_id,
        _row_number
    from applicable
),

own_or_common as (
    select *, {{ own_first('association_id, initiative_id') }} as precedence from typed
)

select
    association_id,
    initiative_id,
    name_sv,
    aliases,
    initiative_kind,
    is_individual,
    age_min,
    age_max,
    {{ first_year() }} as first_year,
    {{ last_year('association_id, initiative_id') }} as last_year,
    _delivery_id,
    _row_number
from own_or_common
where precedence = 1
