{{ config(meta={
    'rule_id': 'DSC-004', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Inget antal från ett upp till förbundets lägsta antal visas för läsare utanför sekretessen.',
    'why_sv': 'En till fyra personer i en tabell kan kännas igen av den som vet vilka de kan vara.',
    'remedy_sv': 'Se vilken tabell som har antalet och varför beslutet inte dolde det. Publicera inte förbi felet.',
}) }}
with shown as (
    {%- for report, measures in disclosed_measures() %}
        {%- for measure in measures %}
            select
                association_id,
                {{ measure }} as shown_count
            from {{ ref('public_' ~ report) }}
            union all
        {%- endfor %}
    {%- endfor %}
    select
        association_id,
        shown_count
    from {{ ref('fct_disclosure_decision') }}
)

select
    shown.association_id,
    count(*)::bigint as failed
from shown
inner join {{ source('ops', 'disclosure_standing') }} as standing on shown.association_id = standing.association_id
where shown.shown_count between 1 and standing.threshold - 1
group by 1
