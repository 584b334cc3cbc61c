{# What is said of work and studies together, from the groups of somebody's occupations: at least one of the two, and
   both. They are beside the occupations and never summed with them. #}
{% macro work_and_studies(group_codes) -%}
array_remove(array[
    case when {{ group_codes }} && array['work', 'studies'] then 'any_work_or_studies' end,
    case when {{ group_codes }} @> array['work', 'studies'] then 'both_work_and_studies' end
], null)
{%- endmacro %}

{# The spells of a year: those that a register the association has sent can tell of. Rows: `spell` and
   `register`, with its year's first and last day. Called as a block, it joins what the block says. #}
{% macro spells_by_year(touches) -%}
from {{ ref('fct_participation') }} as spell
inner join (
    -- `offset`: the days are worked out once a year, not once for every spell it is compared with
    select
        association_id,
        fiscal_year,
        make_date(fiscal_year, 1, 1) as first_date,
        make_date(fiscal_year, 12, 31) as last_date
    from {{ ref('int_register__delivered') }}
    offset 0
) as register
    on
        spell.association_id = register.association_id
        {%- if touches == 'in_year' %}
        and spell.start_date <= register.last_date
        and coalesce(spell.end_date, 'infinity') >= register.first_date
        {%- else %}
        and extract(year from spell.end_date) = register.fiscal_year
        {%- endif %}
{{ caller() if caller }}
where not spell.is_misregistered
{%- endmacro %}

{# The marts' participants counted another way, to hold them against: by the years the spells begin and end. Rows by
   association, year and initiative. #}
{% macro participants_recounted() -%}
select
        stay.association_id,
        register.fiscal_year,
        stay.initiative_id,
        sum(stay.spell_count) as participant_count,
        coalesce(sum(stay.spell_count) filter (where stay.first_year = register.fiscal_year), 0) as new_count,
        coalesce(sum(stay.spell_count) filter (where stay.last_year = register.fiscal_year), 0) as ended_count
    from (
        select
            association_id,
            initiative_id,
            extract(year from start_date)::integer as first_year,
            coalesce(extract(year from end_date)::integer, 9999) as last_year,
            count(*) as spell_count
        from {{ ref('fct_participation') }}
        where not is_misregistered
        group by 1, 2, 3, 4
    ) as stay
    inner join {{ ref('int_register__delivered') }} as register
        on
            stay.association_id = register.association_id
            and register.fiscal_year between stay.first_year and stay.last_year
    group by 1, 2, 3
{%- endmacro %}

{# Those of some years, in order, that a spell touches. #}
{% macro years_touched(years) -%}
{{ years }}[
    width_bucket(extract(year from spell.start_date)::integer - 1, {{ years }}) + 1
    :width_bucket(coalesce(extract(year from spell.end_date)::integer, 9999), {{ years }})
]
{%- endmacro %}

{# Which codes of a list an initiative's table shows: all of them where it tells anything, so that nobody is a row that
   is there and a zero, and else only that nothing is stated. Rows: `counted`, of which `code` and the initiative's key. #}
{% macro shown_codes(list_code) -%}
select
        association_id,
        fiscal_year,
        initiative_id,
        code
    from counted
    union
    select
        counted.association_id,
        counted.fiscal_year,
        counted.initiative_id,
        listed.code
    from counted
    inner join {{ ref('stg_code_lists__codes') }} as listed
        on counted.association_id = listed.association_id and listed.list_code = '{{ list_code }}'
    where counted.code <> 'not_stated'
{%- endmacro %}

{# A part of a count, 0-1 (or more, where one person has several); null of nobody. #}
{% macro share_of_count(part, whole) -%}
round({{ part }} / nullif({{ whole }}, 0)::numeric, 6)::numeric(18, 6)
{%- endmacro %}

{# Everybody's row of a table by code: `flow` says of whom, `shown` of which codes and `counted` how many. #}
{% macro join_shown(list_code) -%}
from {{ ref('participant_flow') }} as flow
inner join shown
    on
        flow.association_id = shown.association_id
        and flow.fiscal_year = shown.fiscal_year
        and flow.initiative_id = shown.initiative_id
left join counted
    on
        flow.association_id = counted.association_id
        and flow.fiscal_year = counted.fiscal_year
        and flow.initiative_id = counted.initiative_id
        and flow.sex = counted.sex
        and shown.code = counted.code
left join {{ ref('dim_code') }} as listed
    on
        flow.association_id = listed.association_id
        and listed.list_code = '{{ list_code }}'
        and shown.code = listed.code
{%- endmacro %}

{# The counts of a report, one row each: of whom, by which code (none: all), and what is counted. #}
{% macro counts_by_code(report, code, measures) -%}
select
        told.association_id,
        told.fiscal_year,
        told.initiative_id,
        told.sex,
        '{{ report }}' as report,
        {{ 'told.' ~ code if code else "'all'" }} as category_code,
        one.measure,
        one.cell_count
    from {{ ref(report) }} as told
    cross join
        lateral (
            values
            {%- for measure in measures %}
            ('{{ measure }}', told.{{ measure }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) as one (measure, cell_count)
{%- endmacro %}
