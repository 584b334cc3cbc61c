{{ config(meta={
    'rule_id': 'FIN-050', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Det fastställda resultatet och egna kapitalet är huvudbokens.',
    'why_sv': 'Annars har huvudboken ändrats sedan året fastställdes, eller så fastställdes ett annat belopp än det bokförda.',
    'remedy_sv': 'Se båda beloppen i reconciliations (adopted_result, adopted_equity) och be bokföringen förklara skillnaden.',
}) }}
select
    association_id,
    sum(abs(difference_sek)) as failed_sek,
    count(*)::bigint as failed
from {{ ref('reconciliations') }}
where status = 'differs' and check_code in ('adopted_result', 'adopted_equity')
group by 1
