-- Every count that readers outside secrecy might be shown, exact and dense: each initiative over the sexes, each sex
-- over the initiatives, and the whole. A combination nobody is in has a row too: a missing row would say zero.
-- shown_as: the code that this one is shown within, and never by itself; that one has rows of its own, the sums.
-- Read by the step that decides what is shown, and by nobody else.
{{ config(post_hook="grant select on {{ this }} to finsam_protect") }}
with counted as (
    {%- for report in disclosed_reports() %}
        {{ counts_by_code(report.name, report.code, report.measures) }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

summed as (
    select
        association_id,
        fiscal_year,
        coalesce(initiative_id, 'all') as initiative_id,
        coalesce(sex, 'all') as sex,
        report,
        category_code,
        measure,
        sum(cell_count) as cell_count
    from counted
    group by
        association_id,
        fiscal_year,
        report,
        category_code,
        measure,
        grouping sets ((initiative_id), (sex), ())
),

place as (
    select distinct
        association_id,
        fiscal_year,
        initiative_id,
        'all' as sex
    from {{ ref('participant_flow') }}
    union all
    select distinct
        flow.association_id,
        flow.fiscal_year,
        'all' as initiative_id,
        listed.sex
    from {{ ref('participant_flow') }} as flow
    cross join (values ('female'), ('male'), ('unknown'), ('all')) as listed (sex)
),

listed as (
    select
        association_id,
        list_code,
        code
    from {{ ref('dim_code') }}
    -- what is counted beside the codes, and the list that has a dimension of its own
    where
        code not in ('any_work_or_studies', 'both_work_and_studies')
        and list_code <> 'exit_result'
        {%- for report in disclosed_reports() if report.codes %}
            and (list_code <> '{{ report.list_code }}' or code in ({{ listed_strings(report.codes) }}))
        {%- endfor %}
    union all
    select
        association_id,
        'exit_result' as list_code,
        exit_result_code as code
    from {{ ref('dim_exit_result') }}
),

asked as (
    select
        place.association_id,
        place.fiscal_year,
        place.initiative_id,
        place.sex,
        counted_by.report,
        coalesce(listed.code, 'all') as category_code,
        counted_by.measure,
        coalesce(
            counted_by.tells_of_persons and listed.code not in ('not_stated', 'unmapped'), false
        ) as tells_of_persons
    from place
    cross join {{ ref('int_outcome_measures') }} as counted_by
    left join listed on place.association_id = listed.association_id and counted_by.by_list = listed.list_code
),

exact as (
    select
        asked.association_id,
        asked.fiscal_year,
        asked.report,
        asked.initiative_id,
        asked.sex,
        asked.category_code,
        asked.measure,
        asked.tells_of_persons,
        coalesce(summed.cell_count, 0)::integer as cell_count,
        code.shown_as
    from asked
    left join summed
        on
            asked.association_id = summed.association_id
            and asked.fiscal_year = summed.fiscal_year
            and asked.initiative_id = summed.initiative_id
            and asked.sex = summed.sex
            and asked.report = summed.report
            and asked.category_code = summed.category_code
            and asked.measure = summed.measure
    left join {{ ref('int_outcome_codes') }} as code
        on
            asked.association_id = code.association_id
            and asked.report = code.report
            and asked.category_code = code.category_code
)

select * from exact
union all
-- several codes as one, where the association has chosen that
select
    association_id,
    fiscal_year,
    report,
    initiative_id,
    sex,
    shown_as as category_code,
    measure,
    bool_or(tells_of_persons) as tells_of_persons,
    sum(cell_count)::integer as cell_count,
    null as shown_as
from exact
where shown_as is not null
group by association_id, fiscal_year, report, initiative_id, sex, shown_as, measure
union all
-- answers of whole goals: none is a part of another
select
    association_id,
    fiscal_year,
    'goal_attainment' as report,
    'all' as initiative_id,
    'all' as sex,
    goal_code as category_code,
    measure,
    tells_of_persons,
    cell_count::integer as cell_count,
    null as shown_as
from {{ ref('int_goal__asked') }}
union all
-- referrals: each place and each sender, and the whole
select
    association_id,
    fiscal_year,
    'referrals' as report,
    destination_code as initiative_id,
    'all' as sex,
    referrer_code as category_code,
    measure,
    tells_of_persons,
    cell_count::integer as cell_count,
    null as shown_as
from {{ ref('int_referral__asked') }}
