-- What everybody knows of how the counts hang together: the sum of the terms, each times its coefficient, is zero
-- (equal) or at most zero (at_most). Holds for each initiative, each sex and the whole, each year the terms reach.
-- codes: `total` is the count over all codes, `sum` every code added, `each` one relation per code.
-- rest_is_told: the difference is itself a count of persons that anybody can take.
select
    term.relation,
    term.kind,
    term.rest_is_told,
    term.report,
    term.measure,
    term.codes,
    term.years_before,
    term.coefficient
from (
    values
    ('all_ended_or_remain', 'equal', false, 'participant_flow', 'ended_count', 'total', 0, 1),
    ('all_ended_or_remain', 'equal', false, 'participant_flow', 'remaining_count', 'total', 0, 1),
    ('all_ended_or_remain', 'equal', false, 'participant_flow', 'participant_count', 'total', 0, -1),
    ('all_came_over_or_are_new', 'equal', false, 'participant_flow', 'remaining_count', 'total', 1, 1),
    ('all_came_over_or_are_new', 'equal', false, 'participant_flow', 'new_count', 'total', 0, 1),
    ('all_came_over_or_are_new', 'equal', false, 'participant_flow', 'participant_count', 'total', 0, -1),
    ('new_take_part', 'at_most', true, 'participant_flow', 'new_count', 'total', 0, 1),
    ('new_take_part', 'at_most', true, 'participant_flow', 'participant_count', 'total', 0, -1),
    ('named_have_ended', 'at_most', true, 'participant_flow', 'named_ended_count', 'total', 0, 1),
    ('named_have_ended', 'at_most', true, 'participant_flow', 'ended_count', 'total', 0, -1),
    ('each_end_has_a_result', 'equal', false, 'exit_results', 'ended_count', 'sum', 0, 1),
    ('each_end_has_a_result', 'equal', false, 'participant_flow', 'ended_count', 'total', 0, -1),
    ('each_has_a_time', 'equal', false, 'time_in_support', 'participant_count', 'sum', 0, 1),
    ('each_has_a_time', 'equal', false, 'participant_flow', 'participant_count', 'total', 0, -1),
    ('each_new_has_a_time', 'equal', false, 'time_in_support', 'new_count', 'sum', 0, 1),
    ('each_new_has_a_time', 'equal', false, 'participant_flow', 'new_count', 'total', 0, -1),
    ('new_with_a_time_take_part', 'at_most', true, 'time_in_support', 'new_count', 'each', 0, 1),
    ('new_with_a_time_take_part', 'at_most', true, 'time_in_support', 'participant_count', 'each', 0, -1),
    ('each_has_an_education', 'equal', false, 'education_profile', 'participant_count', 'sum', 0, 1),
    ('each_has_an_education', 'equal', false, 'participant_flow', 'participant_count', 'total', 0, -1),
    ('each_new_has_an_education', 'equal', false, 'education_profile', 'new_count', 'sum', 0, 1),
    ('each_new_has_an_education', 'equal', false, 'participant_flow', 'new_count', 'total', 0, -1),
    ('new_with_an_education_take_part', 'at_most', true, 'education_profile', 'new_count', 'each', 0, 1),
    ('new_with_an_education_take_part', 'at_most', true, 'education_profile', 'participant_count', 'each', 0, -1),
    ('support_before', 'at_most', false, 'support_before_after', 'before_count', 'each', 0, 1),
    ('support_before', 'at_most', false, 'participant_flow', 'named_ended_count', 'total', 0, -1),
    ('support_after', 'at_most', false, 'support_before_after', 'after_count', 'each', 0, 1),
    ('support_after', 'at_most', false, 'participant_flow', 'named_ended_count', 'total', 0, -1),
    ('occupation_before', 'at_most', false, 'occupation_before_after', 'before_count', 'each', 0, 1),
    ('occupation_before', 'at_most', false, 'participant_flow', 'named_ended_count', 'total', 0, -1),
    ('occupation_after', 'at_most', false, 'occupation_before_after', 'after_count', 'each', 0, 1),
    ('occupation_after', 'at_most', false, 'participant_flow', 'named_ended_count', 'total', 0, -1),
    -- one person has several kinds of support, but nobody has none: `not_stated` is one too
    ('some_support_before', 'at_most', false, 'participant_flow', 'named_ended_count', 'total', 0, 1),
    ('some_support_before', 'at_most', false, 'support_before_after', 'before_count', 'sum', 0, -1),
    ('some_support_after', 'at_most', false, 'participant_flow', 'named_ended_count', 'total', 0, 1),
    ('some_support_after', 'at_most', false, 'support_before_after', 'after_count', 'sum', 0, -1),
    ('some_occupation_before', 'at_most', false, 'participant_flow', 'named_ended_count', 'total', 0, 1),
    ('some_occupation_before', 'at_most', false, 'occupation_before_after', 'before_count', 'sum', 0, -1),
    ('some_occupation_after', 'at_most', false, 'participant_flow', 'named_ended_count', 'total', 0, 1),
    ('some_occupation_after', 'at_most', false, 'occupation_before_after', 'after_count', 'sum', 0, -1)
) as term (relation, kind, rest_is_told, report, measure, codes, years_before, coefficient)
