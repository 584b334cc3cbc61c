-- The codes that an association may have shown as one for readers outside secrecy, and what it has chosen to: rows
-- of the list `shown_together`, a code of its own for several codes of a report. What cannot be done is left as it was,
-- and told of (DSC-009). That nothing is known of somebody is no code to put with others.
{{ config(post_hook="grant select on {{ this }} to finsam_protect") }}
with listed as (
    select
        association_id,
        list_code,
        code,
        sort_order
    from {{ ref('dim_code') }}
    where list_code <> 'exit_result'
    union all
    select
        association_id,
        'exit_result' as list_code,
        exit_result_code as code,
        sort_order
    from {{ ref('dim_exit_result') }}
),

counted as (
    select
        listed.association_id,
        by_code.report,
        listed.code,
        listed.sort_order,
        listed.code not in ('not_stated', 'unmapped', 'unknown') as can_merge
    from listed
    inner join (
        values
        {%- for report in disclosed_reports() | selectattr('can_merge', 'defined') %}
            ('{{ report.name }}', '{{ report.list_code }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as by_code (report, list_code) on listed.list_code = by_code.list_code
),

part as (
    select
        chosen.association_id,
        chosen.group_code as report,
        chosen.code as shown_as,
        named.code,
        coalesce(counted.can_merge, false)
        and chosen.code <> 'all'
        and not exists (
            select 1 from counted as taken
            where
                taken.association_id = chosen.association_id
                and taken.report = chosen.group_code
                and taken.code = chosen.code
        ) as is_possible,
        count(*) over (partition by chosen.association_id, chosen.group_code, named.code) as times_named
    from {{ ref('stg_code_lists__codes') }} as chosen
    cross join lateral (select trim(alias.code) as code from unnest(chosen.aliases) as alias (code)) as named
    left join counted
        on
            chosen.association_id = counted.association_id
            and chosen.group_code = counted.report
            and named.code = counted.code
    where chosen.list_code = 'shown_together'
),

possible as (
    select
        association_id,
        report,
        shown_as
    from part
    group by association_id, report, shown_as
    having count(*) > 1 and bool_and(is_possible and times_named = 1)
),

shown as (
    select
        part.association_id,
        part.report,
        part.code,
        part.shown_as
    from part
    inner join possible
        on
            part.association_id = possible.association_id
            and part.report = possible.report
            and part.shown_as = possible.shown_as
)

select
    counted.association_id,
    counted.report,
    counted.code as category_code,
    counted.sort_order,
    shown.shown_as
from counted
left join shown
    on
        counted.association_id = shown.association_id
        and counted.report = shown.report
        and counted.code = shown.code
where counted.can_merge
