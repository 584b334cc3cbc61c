-- Where people are referred: an initiative, under its latest name, or one of the places the code list knows.
with initiative as (
    select
        *,
        row_number() over (partition by association_id, initiative_id order by first_year desc) as precedence
    from {{ ref('dim_initiative') }}
),

elsewhere as (
    select listed.*
    from {{ ref('stg_code_lists__codes') }} as listed
    where
        listed.list_code = 'referral_destination'
        and not exists (
            select 1 from initiative
            where initiative.association_id = listed.association_id and initiative.initiative_id = listed.code
        )
),

destination as (
    select
        association_id,
        initiative_id as destination_code,
        initiative_name as label_sv,
        initiative_id,
        _delivery_id,
        _row_number
    from initiative
    where precedence = 1
    union all
    select
        association_id,
        code as destination_code,
        label_sv,
        null as initiative_id,
        _delivery_id,
        _row_number
    from elsewhere
)

select
    association_id::text as association_id,
    destination_code::text as destination_code,
    label_sv::text as label_sv,
    initiative_id::text as initiative_id,
    _delivery_id::text as _delivery_id,
    _row_number::integer as _row_number
from destination
