{{ config(meta={
    'rule_id': 'OUT-050', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje deltagande i årets register och varje räknad remiss står en gång i referrals.',
    'why_sv': 'Faller en avsändare bort ser det ut som om den slutat remittera.',
    'remedy_sv': 'Jämför referrals med fct_participation och fct_referral för året.',
}) }}
with shown as (
    select
        association_id,
        fiscal_year,
        sum(participant_count) as participant_count,
        sum(new_count) as new_count,
        coalesce(sum(referral_count), 0) as referral_count
    from {{ ref('referrals') }}
    group by 1, 2
),

recounted as (
    {{ participants_recounted() }}
),

taking_part as (
    select
        association_id,
        fiscal_year,
        sum(participant_count) as participant_count,
        sum(new_count) as new_count
    from recounted
    group by 1, 2
),

sent as (
    select
        association_id,
        fiscal_year,
        coalesce(sum(referral_count), 0) as referral_count
    from {{ ref('fct_referral') }}
    where is_counted
    group by 1, 2
),

known as (
    select
        association_id,
        fiscal_year
    from shown
    union
    select
        association_id,
        fiscal_year
    from taking_part
    union
    select
        association_id,
        fiscal_year
    from sent
)

select
    known.association_id,
    count(*)::bigint as failed
from known
left join shown on known.association_id = shown.association_id and known.fiscal_year = shown.fiscal_year
left join taking_part
    on known.association_id = taking_part.association_id and known.fiscal_year = taking_part.fiscal_year
left join sent on known.association_id = sent.association_id and known.fiscal_year = sent.fiscal_year
where
    (coalesce(shown.participant_count, 0), coalesce(shown.new_count, 0), coalesce(shown.referral_count, 0))
    <> (
        coalesce(taking_part.participant_count, 0),
        coalesce(taking_part.new_count, 0),
        coalesce(sent.referral_count, 0)
    )
group by 1
