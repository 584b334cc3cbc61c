with taking_part as (
    select
        spell.association_id,
        register.fiscal_year,
        spell.initiative_id as destination_code,
        spell.referrer_code,
        spell.sex,
        count(*) as participant_count,
        count(*) filter (where extract(year from spell.start_date) = register.fiscal_year) as new_count
    {{ spells_by_year('in_year') }}
    group by 1, 2, 3, 4, 5
),

sent as (
    select
        association_id,
        fiscal_year,
        destination_code,
        referrer_code,
        sex,
        sum(referral_count) as referral_count,
        sum(accepted_count) as accepted_count,
        bool_or(is_hidden) as is_hidden
    from {{ ref('fct_referral') }}
    where is_counted
    group by 1, 2, 3, 4, 5
),

beside as (
    select
        coalesce(taking_part.association_id, sent.association_id) as association_id,
        coalesce(taking_part.fiscal_year, sent.fiscal_year) as fiscal_year,
        coalesce(taking_part.destination_code, sent.destination_code) as destination_code,
        coalesce(taking_part.referrer_code, sent.referrer_code) as referrer_code,
        coalesce(taking_part.sex, sent.sex) as sex,
        coalesce(taking_part.participant_count, 0) as participant_count,
        coalesce(taking_part.new_count, 0) as new_count,
        sent.referral_count,
        sent.accepted_count,
        sent.is_hidden
    from taking_part
    full outer join sent
        on
            taking_part.association_id = sent.association_id
            and taking_part.fiscal_year = sent.fiscal_year
            and taking_part.destination_code = sent.destination_code
            and taking_part.referrer_code = sent.referrer_code
            and taking_part.sex = sent.sex
),

told as (
    select
        *,
        sum(participant_count) over of_year > 0 as has_register,
        count(is_hidden) over of_year as sent_of_year
    from beside
    window of_year as (partition by association_id, fiscal_year)
)

select
    told.association_id::text as association_id,
    told.fiscal_year::integer as fiscal_year,
    told.destination_code::text as destination_code,
    told.referrer_code::text as referrer_code,
    told.sex::text as sex,
    destination.label_sv::text as destination_name,
    referrer.label_sv::text as referrer_name,
    destination.initiative_id::text as initiative_id,
    told.has_register::boolean as has_register,
    told.participant_count::integer as participant_count,
    told.new_count::integer as new_count,
    told.referral_count::integer as referral_count,
    told.accepted_count::integer as accepted_count,
    case
        when not told.has_register then 'register_missing'
        when told.sent_of_year = 0 then 'referrals_missing'
        when told.is_hidden then 'too_few'
        else 'complete'
    end::text as completeness
from told
left join {{ ref('dim_referral_destination') }} as destination
    on told.association_id = destination.association_id and told.destination_code = destination.destination_code
left join {{ ref('dim_referrer') }} as referrer
    on told.association_id = referrer.association_id and told.referrer_code = referrer.referrer_code
