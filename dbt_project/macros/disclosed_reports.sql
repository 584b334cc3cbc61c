{# The public reports that are counted by code, and how: the column of the code and its list (none: everybody is counted
   together), what is counted, and whether that all of a group have one of the codes would tell something private of each. #}
{% macro disclosed_reports() -%}
{{ return([
    {'name': 'participant_flow', 'code': none, 'list_code': none, 'tells_of_persons': false, 'measures': [
        'participant_count', 'new_count', 'ended_count', 'remaining_count', 'named_ended_count']},
    {'name': 'exit_results', 'code': 'exit_result_code', 'list_code': 'exit_result', 'tells_of_persons': true, 'measures': [
        'ended_count']},
    {'name': 'support_before_after', 'code': 'support_code', 'list_code': 'support', 'tells_of_persons': true, 'measures': [
        'before_count', 'after_count']},
    {'name': 'occupation_before_after', 'code': 'occupation_code', 'list_code': 'occupation', 'tells_of_persons': true,
        'measures': ['before_count', 'after_count']},
    {'name': 'time_in_support', 'code': 'time_in_support_code', 'list_code': 'time_in_support', 'tells_of_persons': true,
        'measures': ['participant_count', 'new_count']},
    {'name': 'education_profile', 'code': 'education_code', 'list_code': 'education', 'tells_of_persons': false, 'measures': [
        'participant_count', 'new_count']},
    {'name': 'age_profile', 'code': 'age_band_code', 'list_code': 'age_band', 'tells_of_persons': false, 'measures': [
        'participant_count', 'new_count']},
    {'name': 'referrer_profile', 'code': 'referrer_code', 'list_code': 'referrer', 'tells_of_persons': true, 'measures': [
        'participant_count', 'new_count']},
]) }}
{%- endmacro %}
