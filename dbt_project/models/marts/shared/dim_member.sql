with known as (
    select * from {{ ref('stg_members__members') }}
    where first_year <= last_year
),

built_in (member_id, name_sv) as (
    values
    ('not_stated', 'Ej angiven part'),
    ('unmapped', 'Ej kopplad medlem')
),

all_members as (
    select
        association_id,
        member_id,
        member_kind,
        name_sv,
        municipality_code,
        pays_fee,
        first_year,
        last_year,
        _delivery_id,
        _row_number
    from known
    union all
    select
        scope.association_id,
        built_in.member_id,
        built_in.member_id as member_kind,
        built_in.name_sv,
        null as municipality_code,
        null::boolean as pays_fee,
        1900 as first_year,
        9999 as last_year,
        'built-in' as _delivery_id,
        0 as _row_number
    from built_in
    cross join {{ ref('stg_ops__build_scope') }} as scope
)

select
    association_id::text as association_id,
    member_id::text as member_id,
    first_year::integer as first_year,
    last_year::integer as last_year,
    name_sv::text as member_name,
    member_kind::text as member_kind,
    municipality_code::text as municipality_code,
    pays_fee::boolean as pays_fee,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from all_members
