{{ config(meta={
    'rule_id': 'FIN-063', 'severity': 'finding', 'beside': 'application_requests', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Varje part söker och egenfinansierar lika mycket i partsbladet som i posterna, där båda bladen nämner parten.',
    'why_sv': 'Summorna kan stämma fast en parts pengar står på en annan, och då rekvirerar fel part.',
    'remedy_sv': 'Jämför ansökans två blad för parten i application_requests och be den sökande rätta dem. Tolerans: en halv enhet per rad.',
}) }}
with told as (
    select
        association_id,
        application_code,
        party_id,
        breakdown,
        sum(amount_sek) as applied_sek,
        sum(own_financing_sek) as own_financing_sek,
        sum({{ half_unit('unit') }}) as tolerance_sek,
        -- a sheet without amounts, or without own financing, says nothing of them
        bool_or(sum(amount_sek) <> 0) over sheet as tells_applied,
        bool_or(sum(own_financing_sek) <> 0) over sheet as tells_own
    from {{ ref('fct_application') }}
    where breakdown in ('party', 'post') and party_id not in ('not_stated', 'unmapped')
    group by 1, 2, 3, 4
    window sheet as (partition by association_id, application_code, breakdown)
)

select
    by_party.association_id,
    count(*)::bigint as failed
from told as by_party
inner join told as by_post
    on
        by_party.association_id = by_post.association_id
        and by_party.application_code = by_post.application_code
        and by_party.party_id = by_post.party_id
where
    by_party.breakdown = 'party'
    and by_post.breakdown = 'post'
    and (
        (
            by_party.tells_applied
            and by_post.tells_applied
            and abs(by_party.applied_sek - by_post.applied_sek) > by_party.tolerance_sek + by_post.tolerance_sek
        )
        or (
            by_party.tells_own
            and by_post.tells_own
            and abs(by_party.own_financing_sek - by_post.own_financing_sek)
            > by_party.tolerance_sek + by_post.tolerance_sek
        )
    )
group by 1
