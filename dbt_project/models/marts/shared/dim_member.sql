with known as (
    select * from {{ ref('stg_members__members') }}
    where first_year <= last_year
),

unmapped as (
    select
        association_id,
        'unmapped' as member_id,
        'unmapped' as member_kind,
        'Ej kopplad medlem' as name_sv,
        null as municipality_code,
        1900 as first_year,
        9999 as last_year,
        'built-in' as _delivery_id,
        0 as _row_number
    from {{ ref('stg_ops__build_scope') }}
),

all_members as (
    select
        association_id,
        member_id,
        member_kind,
        name_sv,
        municipality_code,
        first_year,
        last_year,
        _delivery_id,
        _row_number
    from known
    union all
    select * from unmapped
)

select
    association_id::text as association_id,
    member_id::text as member_id,
    first_year::integer as first_year,
    last_year::integer as last_year,
    name_sv::text as member_name,
    member_kind::text as member_kind,
    municipality_code::text as municipality_code,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from all_members
