select
    told.association_id::text as association_id,
    told.table_name::text as table_name,
    told.statistic_code::text as statistic_code,
    told.statistic_name::text as statistic_name,
    told.region_name::text as region_name,
    told.municipality_code::text as municipality_code,
    told.age::text as age,
    told.age_from::integer as age_from,
    told.age_to::integer as age_to,
    told.sex::text as sex,
    told.statistic_period::text as statistic_period,
    told.statistic_year::integer as statistic_year,
    told.value::numeric(18, 6) as value,
    told.no_number_reason::text as no_number_reason,
    told.is_in_force::boolean as is_in_force,
    counted.counted_value::numeric(18, 6) as counted_value,
    told._delivery_id::text as _delivery_id,
    told._row_number::integer as _row_number
from {{ ref('int_statistic__resolved') }} as told
left join {{ ref('int_statistic__counted') }} as counted
    on told._delivery_id = counted._delivery_id and told._row_number = counted._row_number
