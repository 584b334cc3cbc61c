with answered as (
    select
        association_id,
        survey_name,
        survey_period,
        initiative_id,
        respondent_group_code,
        question_key,
        min(fiscal_year) as fiscal_year,
        min(question_text) as question_text,
        sum(answered_count) as answered_count,
        sum(positive_count) as positive_count,
        min(no_number_reason) as no_number_reason
    from {{ ref('fct_survey_answer') }}
    group by 1, 2, 3, 4, 5, 6
)

select
    answered.association_id::text as association_id,
    answered.survey_name::text as survey_name,
    answered.survey_period::text as survey_period,
    answered.initiative_id::text as initiative_id,
    answered.respondent_group_code::text as respondent_group_code,
    answered.question_key::text as question_key,
    answered.fiscal_year::integer as fiscal_year,
    initiative.initiative_name::text as initiative_name,
    respondent.label_sv::text as respondent_group_name,
    answered.question_text::text as question_text,
    answered.answered_count::integer as answered_count,
    answered.positive_count::integer as positive_count,
    answered.no_number_reason::text as no_number_reason,
    case
        when answered.no_number_reason is null
            then {{ share_of_count('answered.positive_count', 'answered.answered_count') }}
    end::numeric(18, 6) as positive_share
from answered
left join {{ ref('dim_initiative') }} as initiative
    on
        answered.association_id = initiative.association_id
        and answered.initiative_id = initiative.initiative_id
        and answered.fiscal_year between initiative.first_year and initiative.last_year
left join {{ ref('dim_code') }} as respondent
    on
        answered.association_id = respondent.association_id
        and respondent.list_code = 'respondent_group'
        and answered.respondent_group_code = respondent.code
