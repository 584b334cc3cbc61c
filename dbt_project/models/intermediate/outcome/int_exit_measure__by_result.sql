-- Which of the association's definitions an exit counts in. A definition names exit results, or whole groups of them.
with measure as (
    select
        association_id,
        code as measure_code,
        aliases
    from {{ ref('stg_code_lists__codes') }}
    where list_code = 'exit_measure'
),

result as (
    select
        association_id,
        code as exit_result_code,
        coalesce(group_code, code) as exit_group_code
    from {{ ref('stg_code_lists__codes') }}
    where list_code = 'exit_result'
)

select
    result.association_id,
    result.exit_result_code,
    array_agg(measure.measure_code order by measure.measure_code) filter (
        where array[result.exit_result_code, result.exit_group_code] && measure.aliases
    ) as reached_codes,
    array_agg(measure.measure_code order by measure.measure_code) as told_codes
from result
inner join measure on result.association_id = measure.association_id
group by 1, 2
