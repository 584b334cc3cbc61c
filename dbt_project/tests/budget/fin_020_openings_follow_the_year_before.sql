{{ config(meta={
    'rule_id': 'FIN-020', 'severity': 'finding', 'beside': 'decision_space', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Levererat ingående överskott är det som blir kvar året före i samma dags prognos, eller annars i samma version, inom avrundningen.',
    'why_sv': 'Skiljer de sig bygger årets utrymme på något annat än det handlingen själv visar.',
    'remedy_sv': 'Jämför ingående överskott med utrymmet efter ansökningar året före. Tolerans: en halv enhet per rad i året före och i överskottet.',
}) }}
with term as (
    select
        association_id,
        made_date as as_of_date,
        as_of_version as version,
        fiscal_year,
        min(version_kind) as version_kind,
        sum({{ half_unit('unit') }}) as tolerance_sek,
        sum({{ half_unit('unit') }}) filter (where 'opening_surplus' = any(budget_lines)) as opening_tolerance_sek
    from {{ ref('fct_budget_line') }}
    group by 1, 2, 3, 4
),

room as (
    select
        space.*,
        term.version_kind,
        term.tolerance_sek,
        term.opening_tolerance_sek
    from {{ ref('decision_space') }} as space
    inner join term
        on
            space.association_id = term.association_id
            and space.as_of_date = term.as_of_date
            and space.version = term.version
            and space.fiscal_year = term.fiscal_year
),

step as (
    select
        this_year.association_id,
        this_year.opening_sek - year_before.room_after_applications_sek as difference_sek,
        this_year.opening_tolerance_sek + year_before.tolerance_sek as tolerance_sek,
        row_number() over (
            partition by this_year.association_id, this_year.as_of_date, this_year.version, this_year.fiscal_year
            order by
                year_before.version_kind = 'forecast' desc,
                year_before.version = this_year.version desc,
                year_before.version_kind = 'plan' asc,
                year_before.version asc
        ) as precedence
    from room as this_year
    inner join room as year_before
        on
            this_year.association_id = year_before.association_id
            and this_year.as_of_date = year_before.as_of_date
            and this_year.fiscal_year = year_before.fiscal_year + 1
    where this_year.opening_basis = 'delivered'
)

select
    association_id,
    count(*)::bigint as failed
from step
where precedence = 1 and abs(difference_sek) > tolerance_sek
group by 1
