{{ config(meta={
    'rule_id': 'OUT-058', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererad rad om Uppföljning Finsam står i fct_follow_up_report med samma tal.',
    'why_sv': 'Det lämnade är det enda som säger vad andra har fått veta.',
    'remedy_sv': 'Jämför raderna i raw.follow_up_reports med fct_follow_up_report för leveransen och hitta kopplingen som tappar eller dubblerar dem.',
}) }}
{{ deliveries_not_kept('follow_up_reports', 'fct_follow_up_report', ['sent_number']) }}
