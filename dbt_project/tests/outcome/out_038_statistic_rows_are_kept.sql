{{ config(meta={
    'rule_id': 'OUT-038', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererat statistikvärde står i fct_public_statistic, en gång.',
    'why_sv': 'Ett värde som tappas eller dubbleras ändrar summan för förbundet.',
    'remedy_sv': 'Jämför raw.public_statistics med fct_public_statistic och hitta kopplingen som tappar rader.',
}) }}
{{ deliveries_not_kept('public_statistics', 'fct_public_statistic', []) }}
