-- Goals in our words: whose they are, what is counted of what, and how few answers are too few.
with goal as (
    select
        claim.*,
        coalesce(
            claim.denominator,
            case
                when
                    claim.measure in (
                        'exits', 'to_work', 'to_studies', 'to_work_or_studies', 'self_support_a', 'self_support_b'
                    )
                    then 'ended'
                when claim.measure in ('positive_answers', 'progress_up', 'progress_overdue') then 'answered'
                when claim.measure is not null then 'none'
            end
        ) as counted_of,
        coalesce(claim.operator in ('decrease_at_least', 'increase_at_least'), false) as is_change,
        subject.subject_codes
    from {{ ref('stg_goals__claims') }} as claim
    inner join {{ ref('int_goal__subjects') }} as subject
        on
            claim.association_id = subject.association_id
            and claim.fiscal_year = subject.fiscal_year
            and claim.goal_code = subject.goal_code
),

respondent as (
    select
        named.association_id,
        named.name_key,
        named.code,
        listed.label_sv
    from {{ ref('int_code__named') }} as named
    inner join {{ ref('stg_code_lists__codes') }} as listed
        on
            named.association_id = listed.association_id
            and named.list_code = listed.list_code
            and named.code = listed.code
    where named.list_code = 'respondent_group'
),

fewest as (
    select * from {{ ref('dim_rule') }}
    where rule_code = 'fewest_answers'
)

select
    goal.association_id,
    goal.fiscal_year,
    goal.goal_code,
    goal.area_name,
    goal.goal_name,
    goal.indicator_number,
    goal.indicator_name,
    goal.level_sv,
    goal.owner_name,
    case when goal.initiative_key is not null then coalesce(initiative.initiative_id, 'unmapped') end as initiative_id,
    case
        when goal.respondent_group_key is not null then coalesce(respondent.code, 'unmapped')
    end as respondent_group_code,
    coalesce(respondent.label_sv, goal.respondent_group_key) as respondent_group_name,
    goal.measure,
    goal.subject_codes,
    goal.counted_of as denominator,
    goal.follow_up_point,
    goal.operator,
    goal.threshold_printed,
    case
        when goal.is_change or goal.counted_of <> 'none' then goal.threshold_number / 100
    end::numeric(18, 6) as threshold_share,
    case when not goal.is_change and goal.counted_of = 'none' then goal.threshold_number end as threshold_value,
    case when goal.is_change then coalesce(goal.compared_year, goal.fiscal_year - 1) end as compared_year,
    coalesce(
        goal.fewest_answers, case when goal.counted_of = 'answered' then fewest.value_number end
    ) as fewest_answers,
    coalesce(goal.due_date, make_date(goal.fiscal_year, 12, 31)) as due_date,
    goal.claimed_status,
    goal.claimed_text,
    goal.claimed_result,
    goal.claimed_number,
    goal.claimed_number_reason,
    goal.comment_sv,
    goal.source_sv,
    goal.sort_order,
    goal._delivery_id,
    goal._row_number
from goal
{{ join_initiative('goal', 'fiscal_year') }}
left join respondent
    on goal.association_id = respondent.association_id and goal.respondent_group_key = respondent.name_key
left join fewest
    on
        goal.association_id = fewest.association_id
        and goal.fiscal_year between fewest.first_year and fewest.last_year
