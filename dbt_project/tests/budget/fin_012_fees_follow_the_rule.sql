{{ config(meta={
    'rule_id': 'FIN-012', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Varje medlem betalar det fördelningsregeln ger: staten hälften, regionen och kommunerna var sin fjärdedel.',
    'why_sv': 'En avvikelse betyder att någon betalar för mycket eller för lite, eller att beloppet står på fel part.',
    'remedy_sv': 'Jämför beslutet med regeln. Tolerans: en halv enhet (krona, tkr) per avrundad del.',
}) }}
with shares as (
    select * from {{ ref('member_fee_shares') }}
),

decided as (
    select
        association_id,
        fiscal_year,
        count(*) as row_count,
        max({{ half_unit('unit') }}) as half_unit_sek
    from {{ ref('fct_member_fee') }}
    where is_decision_in_force
    group by 1, 2
)

select
    shares.association_id,
    count(*)::bigint as failed
from shares
inner join decided
    on shares.association_id = decided.association_id and shares.fiscal_year = decided.fiscal_year
where
    shares.member_id <> 'unmapped'
    -- each member's fee is rounded, and the rule shares out the sum of all that rounding
    and abs(shares.deviation_sek) > decided.half_unit_sek
    * (greatest(shares.group_member_count, 1) + decided.row_count * coalesce(shares.group_share, 0))
group by 1
