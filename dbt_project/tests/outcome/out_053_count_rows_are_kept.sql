{{ config(meta={
    'rule_id': 'OUT-053', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererad rad med deltagarantal står i fct_participant_count med samma antal.',
    'why_sv': 'Inget antal får försvinna på vägen från fil till mart.',
    'remedy_sv': 'Jämför raderna i raw.participant_counts med fct_participant_count för leveransen och hitta kopplingen som tappar eller dubblerar dem.',
}) }}
{{ deliveries_not_kept('participant_counts', 'fct_participant_count', ['reported_count']) }}
