-- The codes of the release that stands: the list's own, and several of those as one. What one of several counts in is
-- what each of its parts does; `partial_measure_codes` are the definitions that only some of them count in.
{{ config(tags=['disclosed']) }}
with by_code (report, list_code) as (
    values
    {%- for report in disclosed_reports() | selectattr('can_merge', 'defined') %}
        ('{{ report.name }}', '{{ report.list_code }}'){{ ',' if not loop.last }}
    {%- endfor %}
),

decided as (
    select distinct
        association_id,
        fiscal_year,
        report,
        category_code as code,
        part_codes
    from {{ ref('fct_disclosure_decision') }}
    where report in (select by_code.report from by_code) and decision <> 'merged'
),

named as (
    select
        listed.association_id,
        coalesce(by_code.report, listed.group_code) as report,
        listed.code,
        by_code.report is null as is_merged,
        listed.label_sv,
        listed.sort_order,
        listed._delivery_id,
        listed._row_number
    from {{ ref('dim_code') }} as listed
    left join by_code on listed.list_code = by_code.list_code
    where (by_code.report is not null or listed.list_code = 'shown_together') and listed.list_code <> 'exit_result'
    union all
    select
        association_id,
        'exit_results' as report,
        exit_result_code as code,
        false as is_merged,
        label_sv,
        sort_order,
        _delivery_id,
        _row_number
    from {{ ref('dim_exit_result') }}
),

part as (
    select
        decided.association_id,
        decided.fiscal_year,
        decided.code,
        cardinality(coalesce(decided.part_codes, array[decided.code])) as part_count,
        result.exit_group_code,
        coalesce(result.measure_codes, '{}') as measure_codes
    from decided
    cross join lateral unnest(coalesce(decided.part_codes, array[decided.code])) as one (code)
    left join {{ ref('dim_exit_result') }} as result
        on decided.association_id = result.association_id and one.code = result.exit_result_code
    where decided.report = 'exit_results'
),

grouped as (
    select
        association_id,
        fiscal_year,
        code,
        array_agg(distinct exit_group_code order by exit_group_code) as group_codes
    from part
    group by 1, 2, 3
),

counted as (
    select
        part.association_id,
        part.fiscal_year,
        part.code,
        one.measure_code,
        count(*) = min(part.part_count) as counts_all
    from part
    cross join lateral unnest(part.measure_codes) as one (measure_code)
    group by 1, 2, 3, 4
),

measured as (
    select
        association_id,
        fiscal_year,
        code,
        array_agg(measure_code order by measure_code) filter (where counts_all) as measure_codes,
        array_agg(measure_code order by measure_code) filter (where not counts_all) as partial_measure_codes
    from counted
    group by 1, 2, 3
)

select
    decided.association_id::text as association_id,
    decided.fiscal_year::integer as fiscal_year,
    decided.report::text as report,
    decided.code::text as code,
    named.label_sv::text as label_sv,
    decided.part_codes::text[] as part_codes,
    case when cardinality(grouped.group_codes) = 1 then grouped.group_codes[1] end::text as group_code,
    grouped.group_codes::text[] as group_codes,
    case when decided.report = 'exit_results' then coalesce(measured.measure_codes, '{}') end::text[] as measure_codes,
    measured.partial_measure_codes::text[] as partial_measure_codes,
    named.sort_order::integer as sort_order,
    coalesce(named._delivery_id, 'built-in')::text as _delivery_id,
    coalesce(named._row_number, 0)::integer as _row_number
from decided
left join named
    on
        decided.association_id = named.association_id
        and decided.report = named.report
        and decided.code = named.code
        and (decided.part_codes is not null) = named.is_merged
left join grouped
    on
        decided.association_id = grouped.association_id
        and decided.fiscal_year = grouped.fiscal_year
        and decided.code = grouped.code
        and decided.report = 'exit_results'
left join measured
    on
        decided.association_id = measured.association_id
        and decided.fiscal_year = measured.fiscal_year
        and decided.code = measured.code
        and decided.report = 'exit_results'
