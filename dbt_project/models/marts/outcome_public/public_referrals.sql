{{ config(tags=['disclosed']) }}
with disclosed as (
    {{ disclosed_rows('referrals') }}
)

select
    disclosed.association_id::text as association_id,
    disclosed.fiscal_year::integer as fiscal_year,
    disclosed.initiative_id::text as destination_code,
    disclosed.referrer_code::text as referrer_code,
    destination.label_sv::text as destination_name,
    referrer.label_sv::text as referrer_name,
    destination.initiative_id::text as initiative_id,
    disclosed.referral_count::integer as referral_count,
    disclosed.accepted_count::integer as accepted_count,
    {{ shown_share('disclosed.accepted_count', 'disclosed.referral_count', 'disclosed.sdc_method') }} as accepted_share,
    disclosed.sdc_status::text as sdc_status,
    disclosed.sdc_method::text as sdc_method,
    disclosed.release_period::text as release_period
from disclosed
left join {{ ref('dim_referral_destination') }} as destination
    on
        disclosed.association_id = destination.association_id
        and disclosed.initiative_id = destination.destination_code
left join {{ ref('dim_referrer') }} as referrer
    on disclosed.association_id = referrer.association_id and disclosed.referrer_code = referrer.referrer_code
