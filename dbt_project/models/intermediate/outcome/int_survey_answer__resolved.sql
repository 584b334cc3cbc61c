-- Every row of a survey in our words. Which answers are positive is said by the scale's code list.
with answer as (
    select * from {{ ref('stg_surveys__answers') }}
),

scale as (
    select * from {{ ref('int_code__named') }}
    where list_code = 'answer_scale'
),

step as (
    select
        named.association_id,
        named.list_code,
        named.name_key,
        named.code,
        listed.group_code
    from {{ ref('int_code__named') }} as named
    inner join {{ ref('stg_code_lists__codes') }} as listed
        on
            named.association_id = listed.association_id
            and named.list_code = listed.list_code
            and named.code = listed.code
),

resolved as (
    select
        answer.*,
        {{ code_or_reason('answer.initiative_key', 'initiative.initiative_id') }} as initiative_id,
        coalesce(respondent.code, 'unmapped') as respondent_group_code,
        {{ code_or_reason('answer.scale_key', 'scale.code') }} as scale_code,
        case when answer.answer_key is not null then coalesce(step.code, 'unmapped') end as answer_code,
        step.group_code
    from answer
    {{ join_initiative('answer', 'survey_year') }}
    left join {{ ref('int_code__named') }} as respondent
        on
            respondent.list_code = 'respondent_group'
            and answer.association_id = respondent.association_id
            and answer.respondent_group_key = respondent.name_key
    left join scale
        on answer.association_id = scale.association_id and answer.scale_key = scale.name_key
    left join step
        on
            answer.association_id = step.association_id
            and scale.code = step.list_code
            and answer.answer_key = step.name_key
)

select
    association_id,
    survey_name,
    survey_period,
    survey_year,
    initiative_id,
    respondent_group_code,
    question_code,
    question_key,
    question_text,
    scale_code,
    answer_code,
    coalesce(answer_count, case when answer_key is not null then 1 end) as delivered_count,
    case
        when answer_key is null then answer_count
        when group_code in ('positive', 'negative') then coalesce(answer_count, 1)
        else 0
    end as answered_count,
    case
        when answer_key is null then positive_count
        when group_code = 'positive' then coalesce(answer_count, 1)
        else 0
    end as positive_count,
    no_number_reason,
    _delivery_id,
    _row_number
from resolved
