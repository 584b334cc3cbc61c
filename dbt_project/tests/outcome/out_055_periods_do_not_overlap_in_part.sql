{{ config(meta={
    'rule_id': 'OUT-055', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Levererade perioder för samma sak ligger i eller utanför varandra.',
    'why_sv': 'Den längsta perioden räknas. Ligger en kortare bara delvis i den försvinner dagarna utanför ur årets antal.',
    'remedy_sv': 'Lämna perioderna så att de inte skär varandra, till exempel veckor för sig och månader för sig.',
}) }}
with told as (
    select
        association_id,
        concat_ws('|', 'referrals', referrer_identity, destination_identity) as told_of,
        period_start_date,
        period_end_date
    from {{ ref('int_referral__resolved') }}
    union
    select
        association_id,
        concat_ws('|', 'counts', initiative_identity, measure, exit_result_key) as told_of,
        period_start_date,
        period_end_date
    from {{ ref('int_participant_count__resolved') }}
)

select
    shorter.association_id,
    count(*)::bigint as failed
from told as shorter
inner join told as longer
    on
        shorter.association_id = longer.association_id
        and shorter.told_of = longer.told_of
        and shorter.period_start_date <= longer.period_end_date
        and shorter.period_end_date >= longer.period_start_date
        and longer.period_end_date - longer.period_start_date > shorter.period_end_date - shorter.period_start_date
where
    shorter.period_start_date < longer.period_start_date
    or shorter.period_end_date > longer.period_end_date
group by 1
