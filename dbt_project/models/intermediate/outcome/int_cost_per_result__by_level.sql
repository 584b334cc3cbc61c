-- Cost beside participants: per initiative, for those that work with individuals, and for the association whole.
with people as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        coalesce(bool_or(is_individual), false) as is_individual,
        sum(participant_count) as participant_count,
        sum(ended_count) as ended_count,
        sum(work_count) as work_count,
        sum(work_or_studies_count) as work_or_studies_count
    from {{ ref('participants_by_source') }}
    group by 1, 2, 3
),

-- persons are known from a register only: counts say how many took part, not how many of them came back
person as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sum(person_count) as person_count
    from {{ ref('participant_flow') }}
    group by 1, 2, 3
),

person_once as (
    select
        association_id,
        fiscal_year,
        sum(person_count) as person_count
    from {{ ref('participant_totals') }}
    where counted_over = 'individual'
    group by 1, 2
),

known as (
    select
        association_id,
        fiscal_year,
        initiative_id
    from people
    union
    select
        association_id,
        fiscal_year,
        initiative_id
    from {{ ref('int_initiative_cost__by_basis') }}
),

initiative as (
    select
        known.association_id,
        known.fiscal_year,
        'initiative' as level,
        known.initiative_id,
        named.basis,
        coalesce(cost.cost_sek, 0)::numeric(18, 2) as cost_sek,
        coalesce(people.is_individual, false) and coalesce(people.participant_count, 0) > 0 as has_individuals,
        people.participant_count,
        person.person_count,
        people.ended_count,
        people.work_count,
        people.work_or_studies_count
    from known
    inner join {{ ref('dim_cost_basis') }} as named
        on known.association_id = named.association_id and named.level = 'initiative'
    left join {{ ref('int_initiative_cost__by_basis') }} as cost
        on
            known.association_id = cost.association_id
            and known.fiscal_year = cost.fiscal_year
            and known.initiative_id = cost.initiative_id
            and named.basis = cost.basis
    left join people
        on
            known.association_id = people.association_id
            and known.fiscal_year = people.fiscal_year
            and known.initiative_id = people.initiative_id
    left join person
        on
            known.association_id = person.association_id
            and known.fiscal_year = person.fiscal_year
            and known.initiative_id = person.initiative_id
),

individual as (
    select
        initiative.association_id,
        initiative.fiscal_year,
        'individual' as level,
        'not_stated' as initiative_id,
        initiative.basis,
        sum(initiative.cost_sek) as cost_sek,
        true as has_individuals,
        sum(initiative.participant_count) as participant_count,
        -- somebody in two initiatives is one person; where one initiative only counts, nobody knows how many they are
        case when bool_and(initiative.person_count is not null) then min(person_once.person_count) end as person_count,
        sum(initiative.ended_count) as ended_count,
        sum(initiative.work_count) as work_count,
        sum(initiative.work_or_studies_count) as work_or_studies_count
    from initiative
    left join person_once
        on
            initiative.association_id = person_once.association_id
            and initiative.fiscal_year = person_once.fiscal_year
    where initiative.has_individuals
    group by 1, 2, 5
),

booked as (
    select
        association_id,
        fiscal_year,
        sum(amount_sek) as cost_sek
    from {{ ref('fct_ledger_entry') }}
    where 'cost' = any(income_statement_lines)
    group by 1, 2
),

whole as (
    select
        association_id,
        fiscal_year,
        basis,
        sum(cost_sek) as cost_sek
    from initiative
    group by 1, 2, 3
),

association as (
    select
        whole.association_id,
        whole.fiscal_year,
        'association' as level,
        'not_stated' as initiative_id,
        whole.basis,
        case whole.basis when 'booked' then coalesce(booked.cost_sek, 0) else whole.cost_sek end as cost_sek,
        individual.basis is not null as has_individuals,
        individual.participant_count,
        individual.person_count,
        individual.ended_count,
        individual.work_count,
        individual.work_or_studies_count
    from whole
    left join individual
        on
            whole.association_id = individual.association_id
            and whole.fiscal_year = individual.fiscal_year
            and whole.basis = individual.basis
    left join booked on whole.association_id = booked.association_id and whole.fiscal_year = booked.fiscal_year
)

select * from initiative
union all
select * from individual
union all
select * from association
