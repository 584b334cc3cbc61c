-- The years an association has sent a register for: only of those do we know who took part.
select distinct
    association_id,
    register_year as fiscal_year
from {{ ref('int_participation__initiatives') }}
