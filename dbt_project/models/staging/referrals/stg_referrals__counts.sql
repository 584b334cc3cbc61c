with delivered as (
    {{ delivered_rows('referrals') }}
)

select
    association_id,
    {{ text_of('reported_period') }} as reported_period,
    left(reported_period, 4)::integer as fiscal_year,
    {{ period_start('reported_period') }} as period_start_date,
    {{ period_end('reported_period') }} as period_end_date,
    {{ match_key(text_of('referrer')) }} as referrer_key,
    {{ text_of('destination') }} as destination,
    {{ match_key(text_of('destination')) }} as destination_key,
    {{ text_of('sex') }} as sex,
    {{ integer_of('referral_count') }} as referral_count,
    {{ integer_of('accepted_count') }} as accepted_count,
    _delivery_id,
    _row_number
from delivered
