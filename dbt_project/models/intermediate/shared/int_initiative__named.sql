{{ names_by_year(ref('stg_initiatives__initiatives'), 'initiative_id') }}
