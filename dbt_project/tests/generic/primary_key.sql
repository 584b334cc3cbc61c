{% test primary_key(model, columns) %}
{{ config(meta={
    'rule_id': 'KEY-001', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje mart har högst en rad per nyckel, och ingen del av nyckeln saknas.',
    'why_sv': 'En dubbel rad räknas två gånger i varje summa en läsare gör.',
    'remedy_sv': 'Se vilken modell testet gäller och vilken koppling som ger två träffar. Publicera inte förbi felet.',
}) }}
with keyed as (
    select
        association_id,
        count(*) as row_count,
        bool_or({% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}) as has_gap
    from {{ model }}
    group by association_id, {{ columns | join(', ') }}
)

select
    association_id,
    count(*)::bigint as failed
from keyed
where row_count > 1 or has_gap
group by association_id
{% endtest %}
