{{ config(meta={
    'rule_id': 'DSC-009', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Varje sammanslagning av koder som förbundet valt går att göra.',
    'why_sv': 'Den som inte går görs inte alls: koderna visas var för sig, och fler celler är tomma än förbundet räknat med.',
    'remedy_sv': 'Rätta raden i code_lists.csv (Lista shown_together): Grupp är exit_results, time_in_support, education_profile, '
        'age_profile eller referrer_profile, Andra namn är minst två koder ur den rapportens kodlista, åtskilda med |, ingen '
        'av dem okänd eller i en annan sammanslagning, och Kod är en egen som kodlistan inte har.',
}) }}
select
    chosen.association_id,
    count(*)::bigint as failed
from {{ ref('stg_code_lists__codes') }} as chosen
where
    chosen.list_code = 'shown_together'
    and not exists (
        select 1 from {{ ref('int_outcome_codes') }} as code
        where
            code.association_id = chosen.association_id
            and code.report = chosen.group_code
            and code.shown_as = chosen.code
    )
group by 1
