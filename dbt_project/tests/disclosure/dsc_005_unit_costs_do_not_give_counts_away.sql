{{ config(meta={
    'rule_id': 'DSC-005', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Kronor per deltagare eller avslut visas bara där antalet visas.',
    'why_sv': 'Kostnaden är offentlig: delad med kronor per deltagare är den antalet.',
    'remedy_sv': 'Se i public_cost_per_result vilken rad som har en siffra utan sitt antal.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('public_cost_per_result') }}
where
    (participant_count is null and sek_per_participant is not null)
    or (ended_count is null and sek_per_ended is not null)
group by 1
