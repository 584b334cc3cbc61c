-- Which code each spelling in a code list means; one that two codes share means neither.
select
    listed.association_id,
    listed.list_code,
    {{ match_key('name.spelling') }} as name_key,
    min(listed.code) as code
from {{ ref('stg_code_lists__codes') }} as listed
cross join lateral unnest(listed.aliases || array[listed.label_sv, listed.code]) as name (spelling)
group by 1, 2, 3
having count(distinct listed.code) = 1
