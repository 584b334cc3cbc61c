select
    association_id::text as association_id,
    first_year::integer as first_year,
    last_year::integer as last_year,
    organisation_number::text as organisation_number,
    name_sv::text as association_name,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('stg_associations__names') }}
where first_year <= last_year
