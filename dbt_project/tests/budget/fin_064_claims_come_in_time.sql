{{ config(meta={
    'rule_id': 'FIN-064', 'severity': 'finding', 'beside': 'initiative_claims', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Varje kvartal som ett bifall omfattar är rekvirerat inom den tid som gäller, så långt förbundets rekvisitioner visar.',
    'why_sv': 'En sen eller utebliven rekvisition gör utfallet för lågt och prognosen fel, och pengarna kan vara förlorade vid årsskiftet.',
    'remedy_sv': 'Se raderna med läget `missing` eller `claimed_late` i `initiative_claims` och fråga parten; har insatsen inte haft någon kostnad, lämna en rekvisition på noll.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('initiative_claims') }}
where is_granted and status in ('missing', 'claimed_late')
group by 1
