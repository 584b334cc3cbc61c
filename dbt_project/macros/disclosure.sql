{# What readers outside secrecy are shown of a report, made of the decisions in force and of nothing else: the exact
   counts are not read here. A row has every code and initiative the release had; what is hidden is null. #}
{% macro disclosed_rows(report, code, measures) -%}
select
        decision.association_id,
        decision.fiscal_year,
        decision.initiative_id,
        decision.sex,
        decision.category_code{% if code %} as {{ code }}{% endif %},
        case
            when decision.initiative_id <> 'all' then 'initiative'
            when decision.sex <> 'all' then 'sex'
            else 'association'
        end as level,
        {%- for measure in measures %}
        max(decision.shown_count) filter (where decision.measure = '{{ measure }}') as {{ measure }},
        {%- endfor %}
        case when bool_or(decision.shown_count is null) then 'hidden' else 'shown' end as sdc_status,
        min(decision.method) as sdc_method,
        min(decision.release_period) as release_period
    from {{ ref('fct_disclosure_decision') }} as decision
    where decision.report = '{{ report }}'
    group by 1, 2, 3, 4, 5, 6
{%- endmacro %}

{# A part of a count where both are shown. Of rounded counts in whole percent, and not of fewer than fifty. #}
{% macro shown_share(part, whole, method) -%}
case
        when {{ method }} <> 'round5' then round({{ part }} / nullif({{ whole }}, 0)::numeric, 6)
        when {{ whole }} >= 50 then round({{ part }} / nullif({{ whole }}, 0)::numeric, 2)
    end::numeric(18, 6)
{%- endmacro %}

{# The public reports and the column of the codes each is counted by. #}
{% macro disclosed_reports() -%}
{{ return([
    ('participant_flow', "'all'"),
    ('exit_results', 'exit_result_code'),
    ('support_before_after', 'support_code'),
    ('occupation_before_after', 'occupation_code'),
    ('time_in_support', 'time_in_support_code'),
    ('education_profile', 'education_code'),
]) }}
{%- endmacro %}

{# The public reports and every count of persons they show. #}
{% macro disclosed_measures() -%}
{{ return([
    ('participant_flow', ['participant_count', 'new_count', 'ended_count', 'remaining_count', 'named_ended_count']),
    ('exit_results', ['ended_count']),
    ('support_before_after', ['ended_count', 'before_count', 'after_count']),
    ('occupation_before_after', ['ended_count', 'before_count', 'after_count']),
    ('time_in_support', ['participant_count', 'new_count']),
    ('education_profile', ['participant_count', 'new_count']),
    ('cost_per_result', ['participant_count', 'ended_count']),
]) }}
{%- endmacro %}
