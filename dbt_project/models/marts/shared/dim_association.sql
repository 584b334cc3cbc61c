-- An association whose own register of names is withdrawn still has its figures: it is then known by its code.
with named as (
    select * from {{ ref('stg_associations__names') }}
    where first_year <= last_year
),

unnamed as (
    select scope.association_id
    from {{ ref('stg_ops__build_scope') }} as scope
    where
        not exists (
            select 1 from named
            where named.association_id = scope.association_id
        )
)

select
    association_id::text as association_id,
    first_year::integer as first_year,
    last_year::integer as last_year,
    organisation_number::text as organisation_number,
    name_sv::text as association_name,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from named
union all
select
    association_id::text as association_id,
    1900 as first_year,
    9999 as last_year,
    null::text as organisation_number,
    association_id::text as association_name,
    'built-in' as _delivery_id,
    0 as _row_number
from unnamed
