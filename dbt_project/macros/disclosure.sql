{# What readers outside secrecy are shown of a report, made of the decisions in force and of nothing else: the exact
   counts are not read here. A row has every code and initiative the release had, several codes as one where the
   association has chosen that; what is hidden is null. #}
{% macro disclosed_rows(report) -%}
{%- set told = (disclosed_reports() + disclosed_beside_participants()) | selectattr('name', 'equalto', report) | first -%}
select
        decision.association_id,
        decision.fiscal_year,
        decision.initiative_id,
        decision.sex,
        decision.category_code{% if told.code %} as {{ told.code }}{% endif %},
        case
            when decision.initiative_id <> 'all' then 'initiative'
            when decision.sex <> 'all' then 'sex'
            else 'association'
        end as level,
        {%- for measure in told.measures %}
        max(decision.shown_count) filter (where decision.measure = '{{ measure }}') as {{ measure }},
        {%- endfor %}
        case when bool_or(decision.shown_count is null) then 'hidden' else 'shown' end as sdc_status,
        min(decision.method) as sdc_method,
        min(decision.threshold) as sdc_threshold,
        min(decision.release_period) as release_period
    from {{ ref('fct_disclosure_decision') }} as decision
    where decision.report = '{{ report }}'{% if told.can_merge %} and decision.decision <> 'merged'{% endif %}
    group by 1, 2, 3, 4, 5, 6
{%- endmacro %}

{# Those rows beside everybody of their group, with the initiative's name of that year. #}
{% macro join_disclosed(rows='disclosed') -%}
from {{ rows }}
left join {{ ref('public_participant_flow') }} as whole
    on
        {{ rows }}.association_id = whole.association_id
        and {{ rows }}.fiscal_year = whole.fiscal_year
        and {{ rows }}.initiative_id = whole.initiative_id
        and {{ rows }}.sex = whole.sex
left join {{ ref('dim_initiative') }} as initiative
    on
        {{ rows }}.association_id = initiative.association_id
        and {{ rows }}.initiative_id = initiative.initiative_id
        and {{ rows }}.fiscal_year between initiative.first_year and initiative.last_year
{%- endmacro %}

{# A public report counted by one list of codes. The caller says what is counted, as columns. #}
{% macro disclosed_by_code(report) -%}
{%- set told = disclosed_reports() | selectattr('name', 'equalto', report) | first -%}
with disclosed as (
    {{ disclosed_rows(report) }}
)

select
    disclosed.association_id::text as association_id,
    disclosed.fiscal_year::integer as fiscal_year,
    disclosed.initiative_id::text as initiative_id,
    disclosed.sex::text as sex,
    disclosed.level::text as level,
    disclosed.{{ told.code }}::text as {{ told.code }},
    initiative.initiative_name::text as initiative_name,
    listed.label_sv::text as {{ told.code.removesuffix('_code') }}_name,
    {%- if told.can_merge %}
    listed.part_codes::text[] as part_codes,
    {%- endif %}
    {{ caller() }}
    disclosed.sdc_status::text as sdc_status,
    disclosed.sdc_method::text as sdc_method,
    disclosed.release_period::text as release_period
{{ join_disclosed() }}
{%- if told.can_merge %}
{{ join_shown_code(report) }}
{%- else %}
left join {{ ref('dim_code') }} as listed
    on
        disclosed.association_id = listed.association_id
        and disclosed.{{ told.code }} = listed.code
        and listed.list_code = '{{ told.list_code }}'
{%- endif %}
{%- endmacro %}

{# What a shown code is called, and what it consists of where it is several. #}
{% macro join_shown_code(report) -%}
{%- set told = disclosed_reports() | selectattr('name', 'equalto', report) | first -%}
left join {{ ref('dim_shown_code') }} as listed
    on
        disclosed.association_id = listed.association_id
        and disclosed.fiscal_year = listed.fiscal_year
        and listed.report = '{{ report }}'
        and disclosed.{{ told.code }} = listed.code
{%- endmacro %}

{# How many participants have each of the codes, and their share of all. #}
{% macro disclosed_profile(report) -%}
{% call disclosed_by_code(report) -%}
disclosed.participant_count::integer as participant_count,
    disclosed.new_count::integer as new_count,
    {{ shown_share('disclosed.participant_count', 'whole.participant_count', 'disclosed.sdc_method') }}
        as share_of_participants,
{%- endcall %}
{%- endmacro %}

{# How many of those who ended had each of the codes before and after, and their share. #}
{% macro disclosed_before_after(report) -%}
{% call disclosed_by_code(report) -%}
whole.named_ended_count::integer as ended_count,
    disclosed.before_count::integer as before_count,
    disclosed.after_count::integer as after_count,
    {{ shown_share('disclosed.before_count', 'whole.named_ended_count', 'disclosed.sdc_method') }} as before_share,
    {{ shown_share('disclosed.after_count', 'whole.named_ended_count', 'disclosed.sdc_method') }} as after_share,
{%- endcall %}
{%- endmacro %}

{# A part of a count where both are shown. Of rounded counts in whole percent, and not of fewer than fifty. #}
{% macro shown_share(part, whole, method) -%}
case
        when {{ method }} <> 'round5' then round({{ part }} / nullif({{ whole }}, 0)::numeric, 6)
        when {{ whole }} >= 50 then round({{ part }} / nullif({{ whole }}, 0)::numeric, 2)
    end::numeric(18, 6)
{%- endmacro %}

{# Codes as a list of SQL strings. #}
{% macro listed_strings(codes) -%}
{%- for code in codes %}
            '{{ code }}'{{ ',' if not loop.last }}
        {%- endfor %}
{%- endmacro %}

{# The sum of the shown counts of a group that match. Where one of those is hidden and none of the others is, it is
   everybody but the others, unless that is a few. `whole` is everybody's row; rounded counts are never subtracted. split: a
   row of several codes of which only some match; unless nobody is in it, neither sum can be made. #}
{% macro shown_sum(count, matching, whole, split) -%}
case
            when count(*) filter (where {{ split }} and {{ count }} is distinct from 0) > 0 then null
            when count(*) filter (where {{ matching }} and {{ count }} is null) = 0
                then coalesce(sum({{ count }}) filter (where {{ matching }}), 0)
            when
                min({{ whole }}.sdc_method) <> 'round5'
                and count(*) filter (where not ({{ matching }}) and {{ count }} is null) = 0
                and not coalesce(
                    min({{ whole }}.ended_count) - coalesce(sum({{ count }}) filter (where not ({{ matching }})), 0)
                    between 1 and min({{ whole }}.sdc_threshold) - 1,
                    false
                )
                then min({{ whole }}.ended_count) - coalesce(sum({{ count }}) filter (where not ({{ matching }})), 0)
        end
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
    ('age_profile', ['participant_count', 'new_count']),
    ('referrer_profile', ['participant_count', 'new_count']),
    ('exit_measures', ['reached_count', 'answered_count', 'ended_count']),
    ('cost_per_result', ['participant_count', 'ended_count']),
    ('goal_attainment', ['numerator_count', 'denominator_count']),
    ('referrals', ['referral_count', 'accepted_count']),
]) }}
{%- endmacro %}
