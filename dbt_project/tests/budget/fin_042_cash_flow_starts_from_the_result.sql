{{ config(meta={
    'rule_id': 'FIN-042', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Kassaflödesanalysen börjar i årets resultat.',
    'why_sv': 'Ett annat resultat i kassaflödet gör alla dess summor fel.',
    'remedy_sv': 'Jämför raden result i cash_flow_statement med own_capital.result_sek och hitta kontona som skiljer.',
}) }}
select
    association_id,
    sum(abs(difference_sek)) as failed_sek,
    count(*)::bigint as failed
from {{ ref('reconciliations') }}
where status = 'differs' and check_code = 'cash_flow_result'
group by 1
