{{ config(meta={
    'rule_id': 'FIN-060', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Raderna i decision_space_line rymmer tillsammans varje krona i handlingen som minskar eller ökar utrymmet, och alla obeslutade ansökningar, på öret.',
    'why_sv': 'En rad som faller bort, eller visas två gånger, gör att namnen under utrymmet inte ger det.',
    'remedy_sv': 'Jämför effect_sek per avsnitt med fct_budget_line och med applications_sek i decision_space för samma dag, version och år.',
}) }}
with stated as (
    select
        line.association_id,
        line.made_date as as_of_date,
        line.as_of_version as version,
        line.fiscal_year,
        -sum(line.ledger_sek) filter (where {{ decision_space_section('line') }} <> 'undecided') as effect_sek
    from {{ ref('fct_budget_line') }} as line
    group by 1, 2, 3, 4
),

named as (
    select
        association_id,
        as_of_date,
        version,
        fiscal_year,
        sum(effect_sek) as effect_sek
    from {{ ref('decision_space_line') }}
    group by 1, 2, 3, 4
)

select
    space.association_id,
    count(*)::bigint as failed
from {{ ref('decision_space') }} as space
left join stated
    on
        space.association_id = stated.association_id
        and space.as_of_date = stated.as_of_date
        and space.version = stated.version
        and space.fiscal_year = stated.fiscal_year
left join named
    on
        space.association_id = named.association_id
        and space.as_of_date = named.as_of_date
        and space.version = named.version
        and space.fiscal_year = named.fiscal_year
where coalesce(stated.effect_sek, 0) - space.applications_sek <> coalesce(named.effect_sek, 0)
group by 1
