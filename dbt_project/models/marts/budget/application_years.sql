with year as (
    select
        *,
        {{ months_through('later_from_date', 'later_to_date', 'fiscal_year - 1') }} as months_before_count,
        {{ months_through('later_from_date', 'later_to_date', 'fiscal_year') }} as months_through_count,
        {{ months_through('later_from_date', 'later_to_date', '9999') }} as month_count
    from {{ ref('int_application__by_year') }}
),

spread as (
    select
        *,
        -- cut at the months reached, so that the years' öre sum to the whole
        case
            when later_to_date is null then 0
            else
                round(later_sek * months_through_count / month_count, 2)
                - round(later_sek * months_before_count / month_count, 2)
        end as spread_sek
    from year
)

select
    spread.association_id::text as association_id,
    spread.application_code::text as application_code,
    spread.initiative_id::text as initiative_id,
    initiative.initiative_name::text as initiative_name,
    spread.fiscal_year::integer as fiscal_year,
    spread.application_date::date as application_date,
    spread.decided_date::date as decided_date,
    spread.status::text as status,
    spread.stated_sek::numeric(18, 2) as stated_sek,
    spread.spread_sek::numeric(18, 2) as spread_sek,
    (spread.stated_sek + spread.spread_sek)::numeric(18, 2) as applied_sek,
    spread.later_sek::numeric(18, 2) as later_sek,
    spread.later_from_date::date as later_from_date,
    spread.later_to_date::date as later_to_date,
    case
        when spread.later_sek > 0 and spread.later_to_date is null then 'later_years_missing' else 'complete'
    end::text as completeness
from spread
left join {{ ref('dim_initiative') }} as initiative
    on
        spread.association_id = initiative.association_id
        and spread.initiative_id = initiative.initiative_id
        and spread.fiscal_year between initiative.first_year and initiative.last_year
