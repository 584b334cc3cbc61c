-- What is counted of a year's participants for readers outside secrecy. by_list: the codes it is counted by, if any;
-- tells_of_persons: that all of a group have one of those codes would tell something private of each.
select
    measure.report,
    measure.measure,
    measure.by_list,
    measure.tells_of_persons
from (
    values
    {%- for report in disclosed_reports() %}
        {%- set is_last_report = loop.last %}
        {%- for measure in report.measures %}
            (
                '{{ report.name }}',
                '{{ measure }}',
                {{ "'" ~ report.list_code ~ "'" if report.list_code else 'null' }},
                {{ (report.tells_of_persons and report.get('telling', measure) == measure) | lower }}
            ){{ ',' if not (is_last_report and loop.last) }}
        {%- endfor %}
    {%- endfor %}
) as measure (report, measure, by_list, tells_of_persons)
