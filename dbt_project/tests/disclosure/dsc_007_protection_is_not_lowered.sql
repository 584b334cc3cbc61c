{{ config(meta={
    'rule_id': 'DSC-007', 'severity': 'invariant', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Förbundets val av skydd finns och är minst så starkt som husets.',
    'why_sv': 'Antal från ett till fyra måste alltid döljas: tröskeln får höjas men aldrig sänkas.',
    'remedy_sv': 'Ändra i rules.csv: disclosure_threshold är minst 5 (Tal), disclosure_method är suppress eller round5 och '
        'disclosure_period är month, quarter, half_year eller year (Underlag). Till dess gäller husets egna val.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('dim_rule') }}
where
    (rule_code = 'disclosure_threshold' and coalesce(value_number, 0) < 5)
    or (rule_code = 'disclosure_method' and coalesce(base_code, '') not in ('suppress', 'round5'))
    or (
        rule_code = 'disclosure_period'
        and coalesce(base_code, '') not in ('month', 'quarter', 'half_year', 'year')
    )
group by 1
