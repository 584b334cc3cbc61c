with listed as (
    select
        association_id,
        list_code,
        code,
        label_sv,
        coalesce(group_code, code) as group_code,
        sort_order,
        _delivery_id,
        _row_number
    from {{ ref('stg_code_lists__codes') }}
),

-- why a row has no code of the list, and what is counted without being a code of it
built_in (list_code, code, label_sv, sort_order) as (
    values
    {%- for list_code in [
        'referrer', 'education', 'support', 'occupation', 'time_in_support', 'exit_reason', 'age_band',
    ] %}
        ('{{ list_code }}', 'not_stated', 'Ej angivet', 9000),
        ('{{ list_code }}', 'unmapped', 'Ej tolkat', 9010),
    {%- endfor %}
    ('occupation', 'any_work_or_studies', 'Arbete och/eller studier', 8000),
    ('occupation', 'both_work_and_studies', 'Både arbete och studier', 8010),
    ('exit_measure', 'self_support_stated', 'Egen försörjning vid avslut, så som registret säger', 8000),
    ('exit_measure', 'self_support_3_months', 'Egen försörjning 3 månader efter avslutet', 8010),
    ('exit_measure', 'self_support_6_months', 'Egen försörjning 6 månader efter avslutet', 8020),
    ('exit_measure', 'work_or_studies_3_months', 'Arbete eller studier 3 månader efter avslutet', 8030),
    ('exit_measure', 'work_or_studies_6_months', 'Arbete eller studier 6 månader efter avslutet', 8040)
),

all_codes as (
    {{ listed_or_built_in() }}
)

select
    association_id::text as association_id,
    list_code::text as list_code,
    code::text as code,
    label_sv::text as label_sv,
    group_code::text as group_code,
    sort_order::integer as sort_order,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from all_codes
