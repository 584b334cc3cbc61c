{{ config(meta={
    'rule_id': 'REC-002', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererad avgiftsrad står i fct_member_fee, och summan är densamma på öret.',
    'why_sv': 'Inget belopp får försvinna eller avrundas på vägen från fil till mart.',
    'remedy_sv': 'Jämför raderna i raw.member_fees med fct_member_fee för leveransen och hitta kopplingen som tappar eller dubblerar dem.',
}) }}
{{ deliveries_not_kept('member_fees', 'fct_member_fee') }}
