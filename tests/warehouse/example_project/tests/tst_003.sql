{{ config(meta={
    'rule_id': 'TST-003', 'severity': 'hold', 'owner_sv': 'Ingen',
    'meaning_sv': 'En regel att pröva undantag med.', 'why_sv': 'Prov.', 'remedy_sv': 'Inget.',
}) }}
select association_id, 0 as failed from candidate.statement where false
