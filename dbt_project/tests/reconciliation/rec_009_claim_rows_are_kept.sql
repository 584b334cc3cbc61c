{{ config(meta={
    'rule_id': 'REC-009', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererad rekvisitionsrad står i fct_project_cost, och belopp, egenfinansiering, naturainsats och moms är desamma på öret.',
    'why_sv': 'Inget belopp får försvinna eller avrundas på vägen från fil till mart.',
    'remedy_sv': 'Jämför raderna i raw.project_costs med fct_project_cost för leveransen och hitta kopplingen som tappar eller dubblerar dem.',
}) }}
{{ deliveries_not_kept(
    'project_costs', 'fct_project_cost', ['amount_sek', 'own_financing_sek', 'in_kind_sek', 'vat_sek']
) }}
