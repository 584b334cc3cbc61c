with sent as (
    select
        association_id,
        fiscal_year,
        reported_period,
        period_start_date,
        period_end_date,
        destination_code,
        referrer_code,
        bool_or(is_counted) as is_counted,
        sum(referral_count) as referral_count,
        sum(accepted_count) as accepted_count,
        bool_or(is_hidden) as is_hidden
    from {{ ref('fct_referral') }}
    group by 1, 2, 3, 4, 5, 6, 7
),

begun as (
    select
        association_id,
        initiative_id,
        referrer_code,
        start_date,
        count(*) as new_count
    from {{ ref('fct_participation') }}
    where not is_misregistered
    group by 1, 2, 3, 4
),

beside as (
    select
        sent.association_id,
        sent.reported_period,
        sent.destination_code,
        sent.referrer_code,
        sum(begun.new_count) as new_count
    from sent
    inner join begun
        on
            sent.association_id = begun.association_id
            and sent.destination_code = begun.initiative_id
            and sent.referrer_code = begun.referrer_code
            and begun.start_date between sent.period_start_date and sent.period_end_date
    group by 1, 2, 3, 4
)

select
    sent.association_id::text as association_id,
    sent.reported_period::text as reported_period,
    sent.destination_code::text as destination_code,
    sent.referrer_code::text as referrer_code,
    sent.fiscal_year::integer as fiscal_year,
    sent.period_start_date::date as period_start_date,
    sent.period_end_date::date as period_end_date,
    destination.label_sv::text as destination_name,
    referrer.label_sv::text as referrer_name,
    sent.is_counted::boolean as is_counted,
    sent.referral_count::integer as referral_count,
    sent.accepted_count::integer as accepted_count,
    coalesce(beside.new_count, 0)::integer as new_count,
    case when sent.is_hidden then 'too_few' else 'complete' end::text as completeness
from sent
left join beside
    on
        sent.association_id = beside.association_id
        and sent.reported_period = beside.reported_period
        and sent.destination_code = beside.destination_code
        and sent.referrer_code = beside.referrer_code
left join {{ ref('dim_referral_destination') }} as destination
    on sent.association_id = destination.association_id and sent.destination_code = destination.destination_code
left join {{ ref('dim_referrer') }} as referrer
    on sent.association_id = referrer.association_id and sent.referrer_code = referrer.referrer_code
