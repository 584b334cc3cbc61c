{# The public reports that are counted by code, and how: the column of the code and its list (none: everybody is counted
   together), what is counted, and whether that all of a group have one of the codes would tell something private of each.
   codes: the only ones of the list that are counted, where the others are sums of another report. telling: the only
   measure that tells of persons, where the others do not. can_merge: everybody stands under exactly one of the codes, so
   an association may have several of them shown as one. #}
{% macro disclosed_reports() -%}
{{ return([
    {'name': 'participant_flow', 'code': none, 'list_code': none, 'tells_of_persons': false, 'measures': [
        'participant_count', 'new_count', 'ended_count', 'remaining_count', 'named_ended_count']},
    {'name': 'exit_results', 'code': 'exit_result_code', 'list_code': 'exit_result', 'tells_of_persons': true,
        'can_merge': true, 'measures': ['ended_count']},
    {'name': 'support_before_after', 'code': 'support_code', 'list_code': 'support', 'tells_of_persons': true, 'measures': [
        'before_count', 'after_count']},
    {'name': 'occupation_before_after', 'code': 'occupation_code', 'list_code': 'occupation', 'tells_of_persons': true,
        'measures': ['before_count', 'after_count']},
    {'name': 'time_in_support', 'code': 'time_in_support_code', 'list_code': 'time_in_support', 'tells_of_persons': true,
        'can_merge': true, 'measures': ['participant_count', 'new_count']},
    {'name': 'education_profile', 'code': 'education_code', 'list_code': 'education', 'tells_of_persons': false,
        'can_merge': true, 'measures': ['participant_count', 'new_count']},
    {'name': 'age_profile', 'code': 'age_band_code', 'list_code': 'age_band', 'tells_of_persons': false,
        'can_merge': true, 'measures': ['participant_count', 'new_count']},
    {'name': 'referrer_profile', 'code': 'referrer_code', 'list_code': 'referrer', 'tells_of_persons': true,
        'can_merge': true, 'measures': ['participant_count', 'new_count']},
    {'name': 'exit_measures', 'code': 'measure_code', 'list_code': 'exit_measure', 'tells_of_persons': true, 'measures': [
        'reached_count', 'answered_count'], 'telling': 'reached_count', 'codes': stated_exit_measures()},
]) }}
{%- endmacro %}
