-- Every delivered count with sender and destination in our words; what a longer period tells again is not counted.
with referral as (
    select * from {{ ref('stg_referrals__counts') }}
),

resolved as (
    select
        referral.*,
        {{ code_or_reason('referral.referrer_key', 'referrer.code') }} as referrer_code,
        {{ code_or_reason('referral.destination_key', 'coalesce(initiative.initiative_id, elsewhere.code)') }}
            as destination_code,
        -- two unknown senders are two, also while both are called unmapped
        coalesce(referrer.code, 'unmapped:' || referral.referrer_key) as referrer_identity,
        coalesce(initiative.initiative_id, elsewhere.code, 'unmapped:' || referral.destination_key)
            as destination_identity
    from referral
    left join {{ ref('int_initiative__named') }} as initiative
        on
            referral.association_id = initiative.association_id
            and referral.destination_key = initiative.name_key
            and referral.fiscal_year between initiative.first_year and initiative.last_year
    left join {{ ref('int_code__named') }} as referrer
        on
            referrer.list_code = 'referrer'
            and referral.association_id = referrer.association_id
            and referral.referrer_key = referrer.name_key
    left join {{ ref('int_code__named') }} as elsewhere
        on
            elsewhere.list_code = 'referral_destination'
            and referral.association_id = elsewhere.association_id
            and referral.destination_key = elsewhere.name_key
)

select
    resolved.association_id,
    resolved.fiscal_year,
    resolved.reported_period,
    resolved.period_start_date,
    resolved.period_end_date,
    resolved.sex,
    resolved.referral_count,
    resolved.accepted_count,
    resolved.referrer_code,
    resolved.referrer_identity,
    resolved.destination_code,
    resolved.destination_identity,
    resolved._delivery_id,
    resolved._row_number,
    not {{ is_told_by_a_longer('resolved', 'resolved', [
        'association_id', 'referrer_identity', 'destination_identity'
    ]) }}
        as is_counted
from resolved
