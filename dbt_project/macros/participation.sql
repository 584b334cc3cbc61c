{# What is said of work and studies together, from the groups of somebody's occupations: at least one of the two, and
   both. They are beside the occupations and never summed with them. #}
{% macro work_and_studies(group_codes) -%}
array_remove(array[
    case when {{ group_codes }} && array['work', 'studies'] then 'any_work_or_studies' end,
    case when {{ group_codes }} @> array['work', 'studies'] then 'both_work_and_studies' end
], null)
{%- endmacro %}

{# The spells of a year: those that a register the association has sent can tell of. Rows: `spell` and `register`. #}
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

{# Who the participants of a year were, by one answer of the register: `counted`, `shown` and `among`. #}
{% macro participants_by_answer(list_code, column) -%}
counted as (
    select
        spell.association_id,
        register.fiscal_year,
        spell.initiative_id,
        spell.sex,
        spell.{{ column }} as code,
        count(*) as participant_count,
        count(*) filter (where spell.start_date >= make_date(register.fiscal_year, 1, 1)) as new_count
    {{ spells_by_year('in_year') }}
    group by 1, 2, 3, 4, 5
),

shown as (
    {{ shown_codes(list_code) }}
),

among as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sex,
        sum(participant_count) as participant_count
    from counted
    group by 1, 2, 3, 4
)
{%- endmacro %}

{# What those who ended had before and after, by one answer that may hold several codes: `counted`, `shown`, `among`. #}
{% macro ended_before_and_after(before, after) -%}
spell as (
    select
        spell.association_id,
        register.fiscal_year,
        spell.initiative_id,
        spell.sex,
        {{ before }} as before_codes,
        {{ after }} as after_codes
    {{ spells_by_year('ended') }} and not spell.is_anonymous
),

told as (
    {%- for codes, before_count in [('before_codes', 1), ('after_codes', 0)] %}
    select
        spell.association_id,
        spell.fiscal_year,
        spell.initiative_id,
        spell.sex,
        each_one.code,
        {{ before_count }} as before_count,
        {{ 1 - before_count }} as after_count
    from spell
    cross join lateral unnest(spell.{{ codes }}) as each_one (code)
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

counted as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sex,
        code,
        sum(before_count) as before_count,
        sum(after_count) as after_count
    from told
    group by 1, 2, 3, 4, 5
),

among as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        sex,
        count(*) as ended_count
    from spell
    group by 1, 2, 3, 4
)
{%- endmacro %}

{# A part of a count, 0-1 (or more, where one person has several); null of nobody. #}
{% macro share_of_count(part, whole) -%}
round({{ part }} / nullif({{ whole }}, 0)::numeric, 6)::numeric(18, 6)
{%- endmacro %}

{# The initiative a row of `among` is about, with the list's own words for its code. #}
{% macro join_shown(list_code, facts='counted') -%}
from among
inner join shown
    on
        among.association_id = shown.association_id
        and among.fiscal_year = shown.fiscal_year
        and among.initiative_id = shown.initiative_id
left join {{ facts }}
    on
        among.association_id = {{ facts }}.association_id
        and among.fiscal_year = {{ facts }}.fiscal_year
        and among.initiative_id = {{ facts }}.initiative_id
        and among.sex = {{ facts }}.sex
        and shown.code = {{ facts }}.code
left join {{ ref('dim_code') }} as listed
    on
        among.association_id = listed.association_id
        and listed.list_code = '{{ list_code }}'
        and shown.code = listed.code
left join {{ ref('dim_initiative') }} as initiative
    on
        among.association_id = initiative.association_id
        and among.initiative_id = initiative.initiative_id
        and among.fiscal_year between initiative.first_year and initiative.last_year
{%- endmacro %}
