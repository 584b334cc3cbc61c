with delivered as (
    {{ delivered_rows('public_statistics') }}
)

select
    association_id,
    _load_number,
    {{ text_of('table_name') }} as table_name,
    {{ text_of('statistic') }} as statistic_name,
    {{ match_key('statistic') }} as statistic_key,
    {{ text_of('region') }} as region_name,
    {{ match_key('region') }} as region_key,
    {{ text_of('region_code') }} as region_code,
    {{ text_of('age') }} as age,
    {{ integer_of('age_from') }} as age_from,
    {{ integer_of('age_to') }} as age_to,
    {{ text_of('sex') }} as sex,
    {{ text_of('statistic_period') }} as statistic_period,
    left(statistic_period, 4)::integer as statistic_year,
    {{ text_of('value') }}::numeric as value,
    coalesce(substring(_missing from 'value=([a-z_]+)'), case when {{ text_of('value') }} is null then 'not_stated' end)
        as no_number_reason,
    _delivery_id,
    _row_number
from delivered
