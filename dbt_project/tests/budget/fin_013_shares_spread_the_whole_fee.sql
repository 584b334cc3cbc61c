{{ config(meta={
    'rule_id': 'FIN-013', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Fördelningsregelns andelar fördelar hela avgiften på medlemmarna.',
    'why_sv': 'Saknas en part eller en andel i registret blir en del av avgiften ingens.',
    'remedy_sv': 'Kontrollera medlemsregistret och andelarna i rules för året.',
}) }}
with spread as (
    select
        association_id,
        fiscal_year,
        sum(ordinary_decided_sek + extra_decided_sek) as decided_sek,
        sum(coalesce(by_rule_sek, 0)) as by_rule_sek,
        -- each member's part is rounded to the öre, once per kind of fee
        0.005 * 2 * count(*) as tolerance_sek
    from {{ ref('member_fee_shares') }}
    group by 1, 2
)

select
    association_id,
    count(*)::bigint as failed
from spread
where abs(decided_sek - by_rule_sek) > tolerance_sek
group by 1
