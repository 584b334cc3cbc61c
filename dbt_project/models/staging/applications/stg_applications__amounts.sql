with delivered as (
    {{ delivered_rows('applications') }}
)

select
    association_id,
    {{ text_of('application_code') }} as application_code,
    {{ match_key(text_of('application_code')) }} as application_key,
    {{ date_of('application_date') }} as application_date,
    {{ text_of('initiative_name') }} as initiative_name,
    {{ match_key(text_of('initiative_name')) }} as initiative_key,
    {{ text_of('breakdown') }} as breakdown,
    {{ text_of('party_name') }} as party_name,
    {{ match_key(text_of('party_name')) }} as party_key,
    {{ text_of('party_role') }} as party_role,
    {{ text_of('cost_category') }} as cost_category,
    {{ match_key(text_of('cost_category')) }} as cost_category_key,
    {{ text_of('post_name') }} as post_name,
    {{ share_of('fte_share') }} as fte_share,
    {{ share_of('own_fte_share') }} as own_fte_share,
    {{ date_of('from_date') }} as from_date,
    {{ date_of('to_date') }} as to_date,
    {{ integer_of('fiscal_year') }} as fiscal_year,
    {{ money_of('amount_sek') }} as amount_sek,
    {{ money_of('own_financing_sek') }} as own_financing_sek,
    {{ money_of('in_kind_sek') }} as in_kind_sek,
    {{ text_of('unit') }} as unit,
    {{ text_of('preparation_group') }} as preparation_group,
    {{ text_of('recommendation') }} as recommendation,
    {{ date_of('recommendation_date') }} as recommendation_date,
    {{ integer_of('votes_for_count') }} as votes_for_count,
    {{ integer_of('votes_against_count') }} as votes_against_count,
    _delivery_id,
    _row_number
from delivered
