{# Which of the register's follow-up answers a goal counts; null for a goal that is followed up at exit. The same words stand
   in the lineage of goal_attainment. #}
{% macro followed_measure(goal) -%}
case {{ goal }}.measure
    when 'self_support_a' then 'self_support_'
    when 'to_work_or_studies' then 'work_or_studies_'
end || case {{ goal }}.follow_up_point
    when 'months_3' then '3_months'
    when 'months_6' then '6_months'
end
{%- endmacro %}

{# The count of participant_flow that a goal counts, or counts of; null where it counts something else. #}
{% macro goal_flow_count(column) -%}
case {{ column }}
            when 'participants' then 'participant_count'
            when 'new_participants' then 'new_count'
            when 'ended' then 'ended_count'
            when 'remaining' then 'remaining_count'
        end
{%- endmacro %}

{# Whether a goal counts a shown exit result: by its code, its group, or each of its parts where it is several. #}
{% macro goal_counts_result(result, goal) -%}
coalesce({{ result }}.exit_result_code = any({{ goal }}.subject_codes)
                or {{ result }}.exit_group_code = any({{ goal }}.subject_codes)
                or {{ result }}.part_codes <@ {{ goal }}.subject_codes, false)
{%- endmacro %}

{# Whether it counts any of them. #}
{% macro goal_counts_a_part(result, goal) -%}
coalesce({{ result }}.part_codes is not null
                and (
                    {{ result }}.part_codes && {{ goal }}.subject_codes
                    or {{ result }}.exit_group_codes && {{ goal }}.subject_codes
                ), false)
{%- endmacro %}

{# What public statistics say of each goal, now and in the year it is compared with, and how many are in the target group. #}
{% macro goal_statistics() -%}
select
        goal.association_id,
        goal.fiscal_year,
        goal.goal_code,
        sum(told.counted_value) filter (
            where goal.fiscal_year = told.statistic_year and told.statistic_code = any(goal.subject_codes)
        ) as now_value,
        sum(told.counted_value) filter (
            where goal.compared_year = told.statistic_year and told.statistic_code = any(goal.subject_codes)
        ) as baseline_value,
        sum(told.counted_value) filter (
            where goal.fiscal_year = told.statistic_year and told.statistic_code = 'target_group'
        ) as target_value
    from {{ ref('dim_goal') }} as goal
    inner join {{ ref('fct_public_statistic') }} as told
        on goal.association_id = told.association_id and told.counted_value is not null
    where goal.measure = 'statistic' or goal.denominator = 'target_group'
    group by 1, 2, 3
{%- endmacro %}

{# Why a goal is not judged; null where it is. withheld: a case that comes before the counts are looked at. #}
{% macro goal_status_reason(withheld=none) -%}
case
            when measure is null then 'no_measure'
            when operator is null or coalesce(threshold_share, threshold_value) is null then 'no_threshold'
            when due_date > make_date(fiscal_year, 12, 31) then 'not_due'
            {%- if withheld %}
                {{ withheld }}
            {%- else %}
                when no_number_reason = 'too_few' and numerator_count is null and outcome_value is null then 'too_few'
            {%- endif %}
            when denominator <> 'none' and denominator_count = 0 then 'nobody'
            when denominator_count < fewest_answers then 'too_few'
            when follow_up_point <> 'at_exit' and numerator_count is null then 'no_follow_up'
            when case when threshold_share is not null then outcome_share else outcome_value end is null
                then 'no_outcome'
        end
{%- endmacro %}

{# Whether a goal is met, of its outcome and its threshold. #}
{% macro goal_status(not_judged=['not_due', 'too_few']) -%}
case
            when status_reason in ({{ listed_strings(not_judged) }}) then status_reason
            when status_reason is not null then 'no_outcome'
            when
                case operator
                    when 'at_least' then coalesce(threshold_share <= outcome_share, threshold_value <= outcome_value)
                    when 'more_than' then coalesce(threshold_share < outcome_share, threshold_value < outcome_value)
                    when 'at_most' then coalesce(threshold_share >= outcome_share, threshold_value >= outcome_value)
                    when 'less_than' then coalesce(threshold_share > outcome_share, threshold_value > outcome_value)
                    when 'equal' then coalesce(threshold_share = outcome_share, threshold_value = outcome_value)
                    when 'decrease_at_least' then -threshold_share >= outcome_share
                    when 'increase_at_least' then threshold_share <= outcome_share
                end
                then 'met'
            else 'not_met'
        end
{%- endmacro %}

{# What a goal is and what came of it: what both audiences are told, of `judged` and `initiative`. #}
{% macro goal_columns() -%}
judged.association_id::text as association_id,
    judged.fiscal_year::integer as fiscal_year,
    judged.goal_code::text as goal_code,
    judged.area_name::text as area_name,
    judged.goal_name::text as goal_name,
    judged.indicator_number::text as indicator_number,
    judged.indicator_name::text as indicator_name,
    judged.level_sv::text as level_sv,
    judged.owner_name::text as owner_name,
    judged.initiative_id::text as initiative_id,
    initiative.initiative_name::text as initiative_name,
    judged.respondent_group_code::text as respondent_group_code,
    judged.respondent_group_name::text as respondent_group_name,
    judged.measure::text as measure,
    judged.subject_codes::text[] as subject_codes,
    judged.denominator::text as denominator,
    judged.follow_up_point::text as follow_up_point,
    judged.operator::text as operator,
    judged.threshold_share::numeric(18, 6) as threshold_share,
    judged.threshold_value::numeric(18, 2) as threshold_value,
    judged.numerator_count::integer as numerator_count,
    judged.denominator_count::integer as denominator_count,
    judged.outcome_share::numeric(18, 6) as outcome_share,
    judged.outcome_value::numeric(18, 2) as outcome_value,
    judged.compared_year::integer as compared_year,
    judged.baseline_value::numeric(18, 2) as baseline_value,
    judged.fewest_answers::integer as fewest_answers,
    judged.due_date::date as due_date,
{%- endmacro %}
