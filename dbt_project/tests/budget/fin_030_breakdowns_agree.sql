{{ config(meta={
    'rule_id': 'FIN-030', 'severity': 'finding', 'beside': 'application_requests', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'En ansökans uppdelningar per post, år och part har samma summa, både sökt och egenfinansierat där flera anger det.',
    'why_sv': 'Skiljer de sig är en part eller en post bortglömd i något av bladen, och beslutet vilar på fel belopp.',
    'remedy_sv': 'Se breakdown_difference_sek i application_requests för vilken ansökan det är, och be den sökande rätta bladet. Tolerans: en halv enhet per rad.',
}) }}
with breakdown as (
    select
        association_id,
        application_code,
        breakdown,
        -- a sheet without amounts, or without own financing, says nothing of them
        nullif(sum(amount_sek), 0) as applied_sek,
        nullif(sum(own_financing_sek), 0) as own_financing_sek,
        sum({{ half_unit('unit') }}) as tolerance_sek
    from {{ ref('fct_application') }}
    where breakdown <> 'proposal'
    group by 1, 2, 3
)

select
    one.association_id,
    one.application_code,
    1::bigint as failed
from breakdown as one
inner join breakdown as other
    on
        one.association_id = other.association_id
        and one.application_code = other.application_code
        and one.breakdown < other.breakdown
where
    abs(one.applied_sek - other.applied_sek) > one.tolerance_sek + other.tolerance_sek
    or abs(one.own_financing_sek - other.own_financing_sek) > one.tolerance_sek + other.tolerance_sek
group by 1, 2
