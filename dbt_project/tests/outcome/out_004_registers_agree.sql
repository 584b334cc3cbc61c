{{ config(meta={
    'rule_id': 'OUT-004', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Registren säger detsamma om samma deltagande.',
    'why_sv': 'Det senaste registret gäller, så en ändring bakåt i tiden ändrar redan redovisade år.',
    'remedy_sv': 'Jämför deltagandet i de två årens register och rätta det som är fel.',
}) }}
-- an end, or anything else, that the earlier register could not tell yet is no disagreement
with disagreement as (
    select distinct
        later.association_id,
        later._delivery_id,
        later._row_number
    from {{ ref('int_participation__resolved') }} as later
    inner join {{ ref('int_participation__resolved') }} as earlier
        on
            later.association_id = earlier.association_id
            and later.person_key = earlier.person_key
            and later.initiative_identity = earlier.initiative_identity
            and later.start_date = earlier.start_date
            and later.register_year > earlier.register_year
            -- only what stands in several rows can disagree
            and later.delivered_row_count > 1
            and earlier.delivered_row_count > 1
            -- who takes back a consent is told nothing more of
            and not later.is_withdrawn
    where
        later.sex <> earlier.sex
        or later.end_date <> earlier.end_date
        or (later.end_date is null and earlier.end_date is not null)
        or (earlier.end_date is null and extract(year from later.end_date) <= earlier.register_year)
        or later.exit_result_code <> earlier.exit_result_code
        or (earlier.referrer_code <> 'not_stated' and later.referrer_code <> earlier.referrer_code)
        or (earlier.education_code <> 'not_stated' and later.education_code <> earlier.education_code)
        or (
            earlier.support_before_codes <> array['not_stated']
            and later.support_before_codes is distinct from earlier.support_before_codes
        )
        or (
            earlier.support_after_codes <> array['not_stated']
            and later.support_after_codes is distinct from earlier.support_after_codes
        )
        or (
            earlier.occupation_before_codes <> array['not_stated']
            and later.occupation_before_codes is distinct from earlier.occupation_before_codes
        )
        or (
            earlier.occupation_after_codes <> array['not_stated']
            and later.occupation_after_codes is distinct from earlier.occupation_after_codes
        )
        or (
            earlier.occupation_extent_share is not null
            and later.occupation_extent_share is distinct from earlier.occupation_extent_share
        )
)

select
    association_id,
    count(*)::bigint as failed
from disagreement
group by 1
