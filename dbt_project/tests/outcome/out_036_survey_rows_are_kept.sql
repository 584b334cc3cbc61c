{{ config(meta={
    'rule_id': 'OUT-036', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje levererat enkätsvar står i fct_survey_answer, en gång.',
    'why_sv': 'Ett svar som tappas eller dubbleras ändrar andelen.',
    'remedy_sv': 'Jämför raw.surveys med fct_survey_answer och hitta kopplingen som tappar eller dubblerar raderna.',
}) }}
{{ deliveries_not_kept('surveys', 'fct_survey_answer', []) }}
