{{ config(meta={
    'rule_id': 'PRT-010', 'severity': 'finding', 'beside': 'published_vs_computed', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Varje tryckt siffra som lagret också har är densamma, så när som på avrundning.',
    'why_sv': 'Läsare av handlingen och av lagret ser två sanningar; någon av dem är fel.',
    'remedy_sv': 'Se difference och likely_kind i published_vs_computed: rätta handlingen, eller följ lagrets siffra med finsam explain.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('published_vs_computed') }}
where status = 'differs'
group by 1
