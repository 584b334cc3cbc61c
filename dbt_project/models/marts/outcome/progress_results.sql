with moved as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        rater,
        indicator_code,
        scale_code,
        sum(series_count) as series_count,
        sum(compared_count) as compared_count,
        sum(up_count) as up_count,
        sum(down_count) as down_count,
        sum(overdue_count) as overdue_count
    from {{ ref('fct_progress') }}
    group by 1, 2, 3, 4, 5, 6
)

select
    moved.association_id::text as association_id,
    moved.fiscal_year::integer as fiscal_year,
    moved.initiative_id::text as initiative_id,
    moved.rater::text as rater,
    moved.indicator_code::text as indicator_code,
    moved.scale_code::text as scale_code,
    initiative.initiative_name::text as initiative_name,
    indicator.label_sv::text as indicator_name,
    moved.series_count::integer as series_count,
    moved.compared_count::integer as compared_count,
    moved.up_count::integer as up_count,
    moved.down_count::integer as down_count,
    moved.overdue_count::integer as overdue_count,
    {{ share_of_count('moved.up_count', 'moved.compared_count') }} as up_share,
    {{ share_of_count('moved.overdue_count', 'moved.series_count') }} as overdue_share
from moved
left join {{ ref('dim_initiative') }} as initiative
    on
        moved.association_id = initiative.association_id
        and moved.initiative_id = initiative.initiative_id
        and moved.fiscal_year between initiative.first_year and initiative.last_year
left join {{ ref('dim_code') }} as indicator
    on
        moved.association_id = indicator.association_id
        and indicator.list_code = 'progress_indicator'
        and moved.indicator_code = indicator.code
