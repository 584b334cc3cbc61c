with known as (
    select * from {{ ref('stg_initiatives__initiatives') }}
    where first_year <= last_year
),

built_in (initiative_id, name_sv) as (
    values
    ('not_stated', 'Ej angiven insats'),
    ('unmapped', 'Ej kopplad insats')
),

all_initiatives as (
    select
        association_id,
        initiative_id,
        name_sv,
        initiative_kind,
        is_individual,
        first_year,
        last_year,
        _delivery_id,
        _row_number
    from known
    union all
    select
        scope.association_id,
        built_in.initiative_id,
        built_in.name_sv,
        built_in.initiative_id as initiative_kind,
        null::boolean as is_individual,
        1900 as first_year,
        9999 as last_year,
        'built-in' as _delivery_id,
        0 as _row_number
    from built_in
    cross join {{ ref('stg_ops__build_scope') }} as scope
)

select
    association_id::text as association_id,
    initiative_id::text as initiative_id,
    first_year::integer as first_year,
    last_year::integer as last_year,
    name_sv::text as initiative_name,
    initiative_kind::text as initiative_kind,
    is_individual::boolean as is_individual,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from all_initiatives
