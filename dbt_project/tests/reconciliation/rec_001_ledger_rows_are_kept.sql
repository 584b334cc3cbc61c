{{ config(meta={
    'rule_id': 'REC-001', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererad huvudboksrad står i fct_ledger_entry, och summan är densamma på öret.',
    'why_sv': 'Inget belopp får försvinna eller avrundas på vägen från fil till mart.',
    'remedy_sv': 'Jämför raderna i raw.ledger med fct_ledger_entry för leveransen och hitta kopplingen som tappar eller dubblerar dem.',
}) }}
{{ deliveries_not_kept('ledger', 'fct_ledger_entry') }}
