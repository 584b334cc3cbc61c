{# What is said of work and studies together, from the groups of somebody's occupations: at least one of the two, and
   both. They are beside the occupations and never summed with them. #}
{% macro work_and_studies(group_codes) -%}
array_remove(array[
    case when {{ group_codes }} && array['work', 'studies'] then 'any_work_or_studies' end,
    case when {{ group_codes }} @> array['work', 'studies'] then 'both_work_and_studies' end
], null)
{%- endmacro %}

{# The spells of a year: those that a register the association has sent can tell of. Rows: `spell` and
   `register`. Called as a block, it joins what the block says. #}
{% macro spells_by_year(touches) -%}
from {{ ref('fct_participation') }} as spell
inner join {{ ref('int_register__delivered') }} as register
    on
        spell.association_id = register.association_id
        {%- if touches == 'in_year' %}
        and spell.start_date <= make_date(register.fiscal_year, 12, 31)
        and coalesce(spell.end_date, 'infinity') >= make_date(register.fiscal_year, 1, 1)
        {%- else %}
        and extract(year from spell.end_date) = register.fiscal_year
        {%- endif %}
{{ caller() if caller }}
where not spell.is_misregistered
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

{# The counts of a report, one row each: of whom, by which code, and what is counted. #}
{% macro counts_by_code(report, code, measures) -%}
select
        told.association_id,
        told.fiscal_year,
        told.initiative_id,
        told.sex,
        '{{ report }}' as report,
        {{ code if code.startswith("'") else 'told.' ~ code }} as category_code,
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
