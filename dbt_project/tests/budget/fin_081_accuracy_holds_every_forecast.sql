{{ config(meta={
    'rule_id': 'FIN-081', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Prognosernas träffsäkerhet rymmer varje prognos av ett år, rad för rad, med samma belopp och samma bokförda som budget och utfall.',
    'why_sv': 'En prognos som faller bort, eller jämförs med ett annat belopp, gör att träffsäkerheten ser bättre eller sämre ut än den var.',
    'remedy_sv': 'Jämför forecast_accuracy med budget_vs_actual för versionen och hitta raden som skiljer.',
}) }}
with compared as (
    select
        association_id,
        fiscal_year,
        version,
        report_line,
        budget_sek,
        actual_sek
    from {{ ref('budget_vs_actual') }}
    where version_kind = 'forecast' and first_year = fiscal_year
)

select
    coalesce(compared.association_id, accuracy.association_id) as association_id,
    count(*)::bigint as failed
from compared
full outer join {{ ref('forecast_accuracy') }} as accuracy
    on
        compared.association_id = accuracy.association_id
        and compared.fiscal_year = accuracy.fiscal_year
        and compared.version = accuracy.version
        and compared.report_line = accuracy.report_line
where
    (compared.budget_sek, compared.actual_sek) is distinct from (accuracy.forecast_sek, accuracy.booked_sek)
    or accuracy.error_sek
    is distinct from case when accuracy.is_closed then compared.budget_sek - accuracy.actual_sek end
group by 1
