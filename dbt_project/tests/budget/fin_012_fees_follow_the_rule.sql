{{ config(meta={
    'rule_id': 'FIN-012', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Varje medlem betalar det fördelningsregeln ger: staten hälften, regionen och kommunerna var sin fjärdedel.',
    'why_sv': 'En avvikelse betyder att någon betalar för mycket eller för lite, eller att beloppet står på fel part.',
    'remedy_sv': 'Jämför beslutet med regeln. Tolerans: en halv krona per avrundad del.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('member_fee_shares') }}
where
    member_id <> 'unmapped'
    and abs(deviation_sek) > 0.5 * group_member_count
group by 1
