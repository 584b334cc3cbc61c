{{ config(meta={
    'rule_id': 'OUT-052', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererad rad med remisser står i fct_referral med samma antal.',
    'why_sv': 'Ingen remiss får försvinna på vägen från fil till mart.',
    'remedy_sv': 'Jämför raderna i raw.referrals med fct_referral för leveransen och hitta kopplingen som tappar eller dubblerar dem.',
}) }}
{{ deliveries_not_kept('referrals', 'fct_referral', ['referral_count', 'accepted_count']) }}
