with delivered as (
    {{ delivered_rows('published_figures') }}
)

select
    association_id,
    {{ text_of('document') }} as document,
    {{ text_of('table_name') }} as table_name,
    {{ text_of('page') }} as page,
    {{ text_of('section') }} as section,
    {{ text_of('line_number') }} as line_number,
    {{ text_of('line_name') }} as line_name,
    {{ text_of('row_type') }} as row_type,
    {{ text_of('total_of') }} as total_of,
    {{ text_of('year_printed') }} as year_printed,
    {{ text_of('version') }} as version,
    {{ text_of('measure') }} as measure,
    {{ text_of('party_name') }} as party_name,
    {{ text_of('sex') }} as sex,
    {{ text_of('initiative_name') }} as initiative_name,
    {{ text_of('unit') }} as unit,
    {{ text_of('unit_printed') }} as unit_printed,
    {{ text_of('value_printed') }} as value_printed,
    {{ text_of('printed_number') }}::numeric as printed_number,
    substring(_missing from 'printed_number=([a-z_]+)') as no_number_reason,
    {{ text_of('note_reference') }} as note_reference,
    {{ text_of('mart_name') }} as mart_name,
    {{ text_of('mart_key') }} as mart_key,
    {{ text_of('mart_column') }} as mart_column,
    _delivery_id,
    _row_number
from delivered
