-- How an association's counts are protected, by the year the rule holds: its own choice, or the house's. A threshold
-- below the house's is never used; that it was asked for is a rule's to tell (DSC-007).
{{ config(post_hook="grant select on {{ this }} to finsam_protect") }}
with chosen as (
    select
        association_id,
        first_year,
        last_year,
        max(value_number) filter (where rule_code = 'disclosure_threshold') as threshold,
        max(base_code) filter (where rule_code = 'disclosure_method') as method,
        max(base_code) filter (where rule_code = 'disclosure_period') as release_length
    from {{ ref('dim_rule') }}
    where rule_code in ('disclosure_threshold', 'disclosure_method', 'disclosure_period')
    group by 1, 2, 3
)

select
    scope.association_id,
    each_year.fiscal_year,
    -- whoever knows that figures are rounded knows a 5 to be 3 to 7: rounding hides up to there
    greatest(
        max(chosen.threshold), case when max(chosen.method) = 'round5' then 8 else 5 end
    )::integer as threshold,
    case when max(chosen.method) = 'round5' then 'round5' else 'suppress' end as method,
    coalesce(
        max(chosen.release_length) filter (
            where chosen.release_length in ('month', 'quarter', 'half_year', 'year')
        ),
        'quarter'
    ) as release_length
from {{ ref('stg_ops__build_scope') }} as scope
cross join generate_series(2000, 2100) as each_year (fiscal_year)
left join chosen
    on
        scope.association_id = chosen.association_id
        and each_year.fiscal_year between chosen.first_year and chosen.last_year
group by 1, 2
