select
    association_id::text as association_id,
    survey_name::text as survey_name,
    survey_period::text as survey_period,
    survey_year::integer as fiscal_year,
    initiative_id::text as initiative_id,
    respondent_group_code::text as respondent_group_code,
    question_code::text as question_code,
    question_key::text as question_key,
    question_text::text as question_text,
    scale_code::text as scale_code,
    answer_code::text as answer_code,
    delivered_count::integer as delivered_count,
    answered_count::integer as answered_count,
    positive_count::integer as positive_count,
    no_number_reason::text as no_number_reason,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from {{ ref('int_survey_answer__resolved') }}
