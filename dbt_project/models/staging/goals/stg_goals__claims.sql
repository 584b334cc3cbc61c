with applicable as (
    {{ reference_rows('goals') }}
),

typed as (
    select
        association_id,
        is_common,
        {{ integer_of('fiscal_year') }} as fiscal_year,
        {{ text_of('goal_code') }} as goal_code,
        coalesce({{ text_of('claimed_status') }}, 'not_stated') as claimed_status,
        {{ text_of('claimed_text') }} as claimed_text,
        {{ text_of('source') }} as source_sv,
        {{ text_of('level') }} as level_sv,
        {{ text_of('area_name') }} as area_name,
        {{ text_of('goal_name') }} as goal_name,
        {{ text_of('indicator_number') }} as indicator_number,
        {{ text_of('indicator_name') }} as indicator_name,
        {{ text_of('owner_name') }} as owner_name,
        {{ match_key('initiative_name') }} as initiative_key,
        {{ match_key('respondent_group') }} as respondent_group_key,
        {{ text_of('measure') }} as measure,
        {{ match_key('subject') }} as subject_key,
        {{ text_of('denominator') }} as denominator,
        -- a file loaded before the column existed says nothing: goals were then followed up at exit
        coalesce({{ text_of('follow_up_point') }}, 'at_exit') as follow_up_point,
        {{ text_of('operator') }} as operator,
        {{ text_of('threshold_printed') }} as threshold_printed,
        {{ text_of('threshold_number') }}::numeric as threshold_number,
        {{ integer_of('compared_year') }} as compared_year,
        {{ integer_of('fewest_answers') }} as fewest_answers,
        {{ date_of('due_date') }} as due_date,
        {{ text_of('claimed_result') }} as claimed_result,
        {{ text_of('claimed_number') }}::numeric as claimed_number,
        substring(_missing from 'claimed_number=([a-z_]+)') as claimed_number_reason,
        {{ text_of('comment_sv') }} as comment_sv,
        {{ integer_of('sort_order') }} as sort_order,
        _delivery_id,
        _row_number
    from applicable
),

own_or_common as (
    select
        *,
        row_number() over (
            partition by association_id, fiscal_year, goal_code order by is_common, _delivery_id, _row_number
        ) as precedence
    from typed
)

select * from own_or_common
where precedence = 1
