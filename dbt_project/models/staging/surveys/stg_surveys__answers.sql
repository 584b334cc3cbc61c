with delivered as (
    {{ delivered_rows('surveys') }}
)

select
    association_id,
    {{ text_of('survey_name') }} as survey_name,
    {{ text_of('survey_period') }} as survey_period,
    left(survey_period, 4)::integer as survey_year,
    {{ match_key('initiative_name') }} as initiative_key,
    {{ text_of('question_code') }} as question_code,
    {{ match_key('question_code') }} as question_key,
    {{ text_of('question_text') }} as question_text,
    {{ match_key('respondent_group') }} as respondent_group_key,
    {{ match_key('scale') }} as scale_key,
    {{ match_key('answer') }} as answer_key,
    {{ integer_of('answer_count') }} as answer_count,
    {{ integer_of('positive_count') }} as positive_count,
    coalesce(
        substring(_missing from 'positive_count=([a-z_]+)'), substring(_missing from 'answer_count=([a-z_]+)')
    ) as no_number_reason,
    _delivery_id,
    _row_number
from delivered
