-- A year's referrals as counts to be decided on: each place with each sender, both with all, and nobody is a row too.
-- Only of years that have a register: a release is of whole years, and that of the participants must not have to wait.
-- How many were accepted is left out where nobody told, and where a place accepted more than it was sent.
with sent as (
    select
        referral.association_id,
        referral.fiscal_year,
        referral.destination_code,
        referral.referrer_code,
        coalesce(sum(referral.referral_count), 0) as referral_count,
        coalesce(sum(referral.accepted_count), 0) as accepted_count,
        count(referral.accepted_count) as told_count
    from {{ ref('fct_referral') }} as referral
    inner join {{ ref('int_register__delivered') }} as register
        on referral.association_id = register.association_id and referral.fiscal_year = register.fiscal_year
    where referral.is_counted
    group by referral.association_id, referral.fiscal_year, referral.destination_code, referral.referrer_code
),

of_year as (
    select
        association_id,
        fiscal_year,
        sum(told_count) > 0 and bool_and(accepted_count <= referral_count) as is_acceptance_told
    from sent
    group by association_id, fiscal_year
),

place as (
    select
        association_id,
        destination_code
    from {{ ref('dim_referral_destination') }}
    union
    -- what no list knows
    select
        association_id,
        destination_code
    from sent
),

asked as (
    select
        of_year.association_id,
        of_year.fiscal_year,
        of_year.is_acceptance_told,
        place.destination_code,
        referrer.referrer_code,
        coalesce(sent.referral_count, 0) as referral_count,
        coalesce(sent.accepted_count, 0) as accepted_count
    from of_year
    inner join place on of_year.association_id = place.association_id
    inner join {{ ref('dim_referrer') }} as referrer on of_year.association_id = referrer.association_id
    left join sent
        on
            of_year.association_id = sent.association_id
            and of_year.fiscal_year = sent.fiscal_year
            and place.destination_code = sent.destination_code
            and referrer.referrer_code = sent.referrer_code
),

summed as (
    select
        association_id,
        fiscal_year,
        is_acceptance_told,
        coalesce(destination_code, 'all') as destination_code,
        coalesce(referrer_code, 'all') as referrer_code,
        sum(referral_count) as referral_count,
        sum(accepted_count) as accepted_count
    from asked
    group by
        association_id,
        fiscal_year,
        is_acceptance_told,
        grouping sets ((destination_code, referrer_code), (destination_code), (referrer_code), ())
)

select
    summed.association_id,
    summed.fiscal_year,
    summed.destination_code,
    summed.referrer_code,
    one.measure,
    one.cell_count,
    summed.referrer_code not in ('all', 'not_stated', 'unmapped') as tells_of_persons
from summed
cross join
    lateral (
        values
        ('referral_count', summed.referral_count),
        ('accepted_count', summed.accepted_count)
    ) as one (measure, cell_count)
where one.measure = 'referral_count' or summed.is_acceptance_told
