{{ config(
    pre_hook="set local enable_nestloop = off; set local enable_mergejoin = off",
    post_hook="create unique index on {{ this }} (association_id, register_year, initiative_name)"
) }}
-- A register of a million rows names few initiatives: each name is looked up once a year.
with told as (
    select distinct
        association_id,
        register_year,
        initiative_name
    from {{ ref('stg_participants__spells') }}
),

keyed as (
    select
        *,
        {{ match_key('initiative_name') }} as initiative_key
    from told
)

select
    keyed.association_id,
    keyed.register_year,
    keyed.initiative_name,
    coalesce(initiative.initiative_id, 'unmapped') as initiative_id,
    -- two unknown initiatives are two, also while both are called unmapped
    coalesce(initiative.initiative_id, 'unmapped:' || keyed.initiative_key) as initiative_identity
from keyed
{{ join_initiative('keyed', 'register_year') }}
