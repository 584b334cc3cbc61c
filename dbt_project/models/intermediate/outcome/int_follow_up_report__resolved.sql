-- What was sent, with its initiative in our words.
with sent as (
    select * from {{ ref('stg_follow_up_reports__fields') }}
)

select
    sent.association_id,
    sent.fiscal_year,
    sent.sent_date,
    {{ code_or_reason('sent.initiative_key', 'initiative.initiative_id') }} as initiative_id,
    sent.field_code,
    sent.sent_number,
    sent.sent_text,
    sent._delivery_id,
    sent._row_number
from sent
{{ join_initiative('sent', 'fiscal_year') }}
