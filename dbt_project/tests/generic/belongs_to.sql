{% test belongs_to(model, column_name, dimension, matching=none, known_as=none) %}
{{ config(meta={
    'rule_id': 'KEY-002', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje kod i en mart finns i sin dimension för samma förbund.',
    'why_sv': 'Annars försvinner beloppet för den som kopplar marten till dimensionen.',
    'remedy_sv': 'Se vilken kod som saknas och varför dimensionen inte har den. Publicera inte förbi felet.',
}) }}
select
    child.association_id,
    count(*)::bigint as failed
from {{ model }} as child
where
    child.{{ column_name }} is not null
    and not exists (
        select 1 from {{ dimension }} as parent
        where
            parent.association_id = child.association_id
            and parent.{{ known_as or column_name }} = child.{{ column_name }}
{% if matching %}and parent.{{ matching }}{% endif %}
    )
group by 1
{% endtest %}
