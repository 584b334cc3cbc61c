with {{ participants_by_answer('education', 'education_code') }}

select
    among.association_id::text as association_id,
    among.fiscal_year::integer as fiscal_year,
    among.initiative_id::text as initiative_id,
    among.sex::text as sex,
    shown.code::text as education_code,
    listed.label_sv::text as education_name,
    initiative.is_individual::boolean as is_individual,
    coalesce(counted.participant_count, 0)::integer as participant_count,
    coalesce(counted.new_count, 0)::integer as new_count,
    {{ share_of_count('coalesce(counted.participant_count, 0)', 'among.participant_count') }} as share_of_participants
{{ join_shown('education') }}
