with shown as (
    select distinct
        association_id,
        fiscal_year,
        initiative_id
    from {{ ref('cost_per_result') }}
    where level = 'initiative' and initiative_id <> 'not_stated'
    union
    select distinct
        association_id,
        fiscal_year,
        'not_stated' as initiative_id
    from {{ ref('cost_per_result') }}
    where level = 'initiative' and initiative_id <> 'not_stated'
),

form as (
    select
        shown.association_id,
        shown.fiscal_year,
        shown.initiative_id,
        field.field_code,
        field.label_sv,
        field.section,
        field.sort_order,
        field.is_by_hand
    from shown
    inner join {{ ref('dim_follow_up_field') }} as field
        on
            shown.association_id = field.association_id
            and (shown.initiative_id = 'not_stated') = (field.section = 'association')
),

-- two spellings of one initiative are one initiative: what was sent of it last is shown once
sent as (
    select
        association_id,
        fiscal_year,
        initiative_id,
        field_code,
        max(sent_date) as sent_date,
        max(sent_number) as sent_number,
        max(sent_text) as sent_text
    from {{ ref('fct_follow_up_report') }}
    group by 1, 2, 3, 4
),

filled as (
    select
        form.*,
        initiative.initiative_name,
        computed.value_number,
        case form.field_code
            when 'focus'
                then
                    case initiative.is_individual
                        when true then 'Individinriktad'
                        when false then 'Strukturinriktad'
                    end
            when 'is_esf'
                then
                    case
                        when initiative.initiative_kind = 'esf_cofinanced' then 'Ja'
                        when initiative.initiative_kind <> 'unmapped' then 'Nej'
                    end
        end as value_text,
        sent.sent_date,
        sent.sent_number,
        sent.sent_text
    from form
    left join {{ ref('int_follow_up__computed') }} as computed
        on
            form.association_id = computed.association_id
            and form.fiscal_year = computed.fiscal_year
            and form.initiative_id = computed.initiative_id
            and form.field_code = computed.field_code
    left join sent
        on
            form.association_id = sent.association_id
            and form.fiscal_year = sent.fiscal_year
            and form.initiative_id = sent.initiative_id
            and form.field_code = sent.field_code
    left join {{ ref('dim_initiative') }} as initiative
        on
            form.association_id = initiative.association_id
            and form.initiative_id = initiative.initiative_id
            and form.fiscal_year between initiative.first_year and initiative.last_year
            and form.section = 'initiative'
)

select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    initiative_id::text as initiative_id,
    field_code::text as field_code,
    section::text as section,
    initiative_name::text as initiative_name,
    label_sv::text as field_name,
    sort_order::integer as sort_order,
    value_number::numeric(18, 2) as value_number,
    value_text::text as value_text,
    sent_date::date as sent_date,
    sent_number::numeric(18, 2) as sent_number,
    sent_text::text as sent_text,
    (value_number - sent_number)::numeric(18, 2) as drift_number,
    case
        when is_by_hand then 'by_hand'
        when value_number is null and value_text is null then 'no_figure'
        when sent_date is null then 'not_sent'
        when value_text is null and (sent_number is null or value_number <> sent_number) then 'changed'
        when coalesce(lower(value_text), '') <> coalesce(lower(sent_text), '') then 'changed'
        else 'unchanged'
    end::text as status
from filled
