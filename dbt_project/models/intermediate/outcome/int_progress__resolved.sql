-- Every answer as a step that can be compared: its place on the ladder, or the number itself.
with answer as (
    select answer.*
    from {{ ref('stg_progress__answers') }} as answer
    -- who has taken a consent back in the register is counted there, and nothing else is told of her
    where
        not exists (
            select 1 from {{ ref('int_participation__ordered') }} as spell
            where
                spell.association_id = answer.association_id
                and spell.person_key = answer.person_key
                and spell.consent_withdrawn_date is not null
        )
),

named as (
    select
        answer.*,
        coalesce(initiative.initiative_id, 'unmapped') as initiative_id,
        -- two unknown initiatives are two, also while both are called unmapped
        coalesce(initiative.initiative_id, 'unmapped:' || answer.initiative_key) as initiative_identity,
        coalesce(indicator.code, 'unmapped') as indicator_code,
        {{ code_or_reason('answer.scale_key', 'scale.code') }} as scale_code,
        coalesce(scale.code, indicator.code) as list_code
    from answer
    {{ join_initiative('answer', 'progress_year') }}
    left join {{ ref('int_code__named') }} as indicator
        on
            indicator.list_code = 'progress_indicator'
            and answer.association_id = indicator.association_id
            and answer.indicator_key = indicator.name_key
    left join {{ ref('int_code__named') }} as scale
        on
            scale.list_code = 'answer_scale'
            and answer.association_id = scale.association_id
            and answer.scale_key = scale.name_key
),

stepped as (
    select
        named.*,
        listed.code as answer_code,
        listed.group_code,
        listed.sort_order
    from named
    left join {{ ref('int_code__named') }} as word
        on
            named.association_id = word.association_id
            and named.list_code = word.list_code
            and named.answer_key = word.name_key
    left join {{ ref('stg_code_lists__codes') }} as listed
        on
            word.association_id = listed.association_id
            and word.list_code = listed.list_code
            and word.code = listed.code
)

select
    association_id,
    progress_year,
    person_key,
    initiative_id,
    initiative_identity,
    measured_date,
    rater,
    indicator_code,
    scale_code,
    case
        when answer_code is not null then answer_code
        when answer_key ~ '^[0-9]{1,3}$' then 'number'
        else 'unmapped'
    end as answer_code,
    -- who leaves the ladder, or has no opinion, stands on no step of it
    case
        when group_code in ('side_exit', 'no_opinion') then null
        when answer_code is not null then sort_order
        when answer_key ~ '^[0-9]{1,3}$' then answer_key::integer
    end as step,
    _delivery_id,
    _row_number
from stepped
