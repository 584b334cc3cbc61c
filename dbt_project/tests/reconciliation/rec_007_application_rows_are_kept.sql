{{ config(meta={
    'rule_id': 'REC-007', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererad ansökningsrad står i fct_application, och sökt, egenfinansierat och naturainsats är detsamma på öret.',
    'why_sv': 'Inget belopp får försvinna eller avrundas på vägen från fil till mart.',
    'remedy_sv': 'Jämför raderna i raw.applications med fct_application för leveransen och hitta kopplingen som tappar eller dubblerar dem.',
}) }}
{{ deliveries_not_kept('applications', 'fct_application', ['amount_sek', 'own_financing_sek', 'in_kind_sek']) }}
