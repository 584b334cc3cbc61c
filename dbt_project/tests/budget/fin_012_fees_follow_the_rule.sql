{{ config(meta={
    'rule_id': 'FIN-012', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Varje medlem betalar det fördelningsregeln ger: staten hälften, regionen och kommunerna var sin fjärdedel.',
    'why_sv': 'En avvikelse betyder att någon betalar för mycket eller för lite, eller att beloppet står på fel part.',
    'remedy_sv': 'Jämför beslutet med regeln. Tolerans: en halv enhet (krona, tkr) per avrundad del.',
}) }}
with rounding as (
    select
        association_id,
        fiscal_year,
        max({{ half_unit('unit') }}) as half_unit_sek
    from {{ ref('fct_member_fee') }}
    where is_decision_in_force
    group by 1, 2
)

select
    shares.association_id,
    count(*)::bigint as failed
from {{ ref('member_fee_shares') }} as shares
inner join rounding
    on shares.association_id = rounding.association_id and shares.fiscal_year = rounding.fiscal_year
where
    shares.member_id <> 'unmapped'
    and abs(shares.deviation_sek) > rounding.half_unit_sek * greatest(shares.group_member_count, 1)
group by 1
