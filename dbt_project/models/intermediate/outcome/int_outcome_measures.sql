-- What is counted of a year's participants for readers outside secrecy. by_list: the codes it is counted by, if any;
-- tells_of_persons: that all of a group have one of those codes would tell something private of each.
select
    measure.report,
    measure.measure,
    measure.by_list,
    measure.tells_of_persons
from (
    values
    ('participant_flow', 'participant_count', null, false),
    ('participant_flow', 'new_count', null, false),
    ('participant_flow', 'ended_count', null, false),
    ('participant_flow', 'remaining_count', null, false),
    ('participant_flow', 'named_ended_count', null, false),
    ('exit_results', 'ended_count', 'exit_result', true),
    ('support_before_after', 'before_count', 'support', true),
    ('support_before_after', 'after_count', 'support', true),
    ('occupation_before_after', 'before_count', 'occupation', true),
    ('occupation_before_after', 'after_count', 'occupation', true),
    ('time_in_support', 'participant_count', 'time_in_support', true),
    ('time_in_support', 'new_count', 'time_in_support', true),
    ('education_profile', 'participant_count', 'education', false),
    ('education_profile', 'new_count', 'education', false)
) as measure (report, measure, by_list, tells_of_persons)
