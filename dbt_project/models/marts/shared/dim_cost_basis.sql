-- What a cost per result may be counted on, and in plain words what such a figure holds.
with basis (level, basis, label_sv, includes_sv, sort_order) as (
    values
    (
        'initiative', 'booked', 'Bokfört på insatsen',
        'Bokförda kostnader med insatsens projektkod. Inte parternas egna pengar, inte kansli och styrelse.', 10
    ),
    (
        'initiative', 'claimed', 'Rekvirerat av insatsen',
        'Det insatsägarna begärt betalt av förbundet för årets kvartal. '
        || 'Inte parternas egna pengar, inte kansli och styrelse.',
        20
    ),
    (
        'initiative', 'claimed_and_own', 'Rekvirerat och eget',
        'Det rekvirerade och det parterna enligt rekvisitionerna själva stått för, i pengar och natura. '
        || 'Inte kansli och styrelse.', 30
    ),
    (
        'initiative', 'granted', 'Beviljat till insatsen',
        'Styrelsens högsta belopp för året: ett tak, inte en kostnad. '
        || 'Inte parternas egna pengar, inte kansli och styrelse.',
        40
    ),
    (
        'individual', 'booked', 'Bokfört på insatser för enskilda',
        'Summan för de individinriktade insatser som har redovisade deltagare. '
        || 'Inte andra insatser, inte kansli och styrelse.',
        50
    ),
    (
        'individual', 'claimed', 'Rekvirerat av insatser för enskilda',
        'Summan för de individinriktade insatser som har redovisade deltagare. Inte parternas egna pengar, '
        || 'inte andra insatser, inte kansli och styrelse.', 60
    ),
    (
        'individual', 'claimed_and_own', 'Rekvirerat och eget för enskilda',
        'Summan för de individinriktade insatser som har redovisade deltagare, med det parterna själva stått för. '
        || 'Inte andra insatser, inte kansli och styrelse.', 70
    ),
    (
        'individual', 'granted', 'Beviljat till insatser för enskilda',
        'Summan av taken för de individinriktade insatser som har redovisade deltagare. Inte andra insatser, '
        || 'inte kansli och styrelse.', 80
    ),
    (
        'association', 'booked', 'Hela förbundet, bokfört',
        'Alla bokförda kostnader: alla insatser, också förebyggande och strukturövergripande, kansli, '
        || 'styrelse och övrigt. '
        || 'Inte parternas egna pengar.', 90
    ),
    (
        'association', 'claimed', 'Alla insatser, rekvirerat',
        'Allt som rekvirerats för året, också av förebyggande och strukturövergripande insatser. '
        || 'Inte parternas egna pengar, inte kansli och styrelse.', 100
    ),
    (
        'association', 'claimed_and_own', 'Alla insatser, rekvirerat och eget',
        'Allt som rekvirerats för året och det parterna själva stått för. Inte kansli och styrelse.', 110
    ),
    (
        'association', 'granted', 'Alla insatser, beviljat',
        'Alla tak styrelsen beviljat för året, också till förebyggande och strukturövergripande insatser. '
        || 'Inte kansli och styrelse.', 120
    )
)

select
    scope.association_id::text as association_id,
    basis.level::text as level,
    basis.basis::text as basis,
    basis.label_sv::text as label_sv,
    basis.includes_sv::text as includes_sv,
    basis.sort_order::integer as sort_order,
    'built-in'::text as _delivery_id,
    0::integer as _row_number
from basis
cross join {{ ref('stg_ops__build_scope') }} as scope
