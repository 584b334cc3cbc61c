{%- set own_columns = [
    'job_belief', 'labour_market_knowledge', 'goal_orientation', 'cooperation', 'everyday_life', 'health', 'job_search',
] %}
with delivered as (
    {{ delivered_rows('progress') }}
)

select
    delivered.association_id,
    delivered.period::integer as progress_year,
    delivered.person_key,
    {{ match_key('delivered.initiative_name') }} as initiative_key,
    {{ date_of('delivered.measured_date') }} as measured_date,
    {{ text_of('delivered.rater') }} as rater,
    {{ match_key('answered.indicator') }} as indicator_key,
    {{ match_key('answered.answer') }} as answer_key,
    {{ match_key('delivered.scale') }} as scale_key,
    delivered._delivery_id,
    delivered._row_number
from delivered
cross join
    lateral (
        values
        {%- for name in own_columns %}
            ('{{ name }}', {{ text_of('delivered.' ~ name) }}),
        {%- endfor %}
        ({{ text_of('delivered.indicator') }}, {{ text_of('delivered.answer') }})
    ) as answered (indicator, answer)
where answered.answer is not null
