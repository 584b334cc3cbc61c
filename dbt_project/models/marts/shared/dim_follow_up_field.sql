-- The fields of Försäkringskassan's form, in its order. Their codes are also those of the feed follow_up_reports.
with field (field_code, label_sv, section, sort_order, is_by_hand) as (
    values
    ('allocated_sek', 'Tilldelade medel', 'association', 10, false),
    ('own_capital_sek', 'Eget kapital', 'association', 20, false),
    ('administration_budget_sek', 'Administration, budget', 'association', 30, false),
    ('administration_actual_sek', 'Administration, utfall', 'association', 40, false),
    ('focus', 'Inriktning', 'initiative', 110, false),
    ('is_esf', 'ESF-finansierad', 'initiative', 120, false),
    ('target_group', 'Målgrupp', 'initiative', 130, true),
    ('budget_sek', 'Budget', 'initiative', 140, false),
    ('actual_sek', 'Utfall', 'initiative', 150, false),
    ('budgeted_participants', 'Budgeterade deltagare', 'initiative', 160, true),
    ('participants_female', 'Deltagare, kvinnor', 'initiative', 170, false),
    ('participants_male', 'Deltagare, män', 'initiative', 180, false),
    ('participants_unknown', 'Deltagare, okänt kön', 'initiative', 190, false)
)

select
    scope.association_id::text as association_id,
    field.field_code::text as field_code,
    field.label_sv::text as label_sv,
    field.section::text as section,
    field.sort_order::integer as sort_order,
    field.is_by_hand::boolean as is_by_hand,
    'built-in'::text as _delivery_id,
    0::integer as _row_number
from field
cross join {{ ref('stg_ops__build_scope') }} as scope
