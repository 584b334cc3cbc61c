{{ config(meta={
    'rule_id': 'REC-010', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Raderna i application_requests rymmer tillsammans varje ansökans alla uppdelningar, på öret.',
    'why_sv': 'En post som faller bort gör ansökan mindre än den är.',
    'remedy_sv': 'Jämför fct_application med application_requests per ansökan och uppdelning.',
}) }}
with delivered as (
    select
        association_id,
        application_code,
        breakdown,
        count(*) as row_count,
        sum(amount_sek) as applied_sek,
        sum(own_financing_sek) as own_financing_sek
    from {{ ref('fct_application') }}
    group by 1, 2, 3
),

shown as (
    select
        association_id,
        application_code,
        breakdown,
        sum(post_count) as row_count,
        sum(applied_sek) as applied_sek,
        sum(own_financing_sek) as own_financing_sek
    from {{ ref('application_requests') }}
    group by 1, 2, 3
)

select
    delivered.association_id,
    count(*)::bigint as failed
from delivered
left join shown
    on
        delivered.association_id = shown.association_id
        and delivered.application_code = shown.application_code
        and delivered.breakdown = shown.breakdown
where
    delivered.row_count <> coalesce(shown.row_count, 0)
    or delivered.applied_sek <> coalesce(shown.applied_sek, 0)
    or delivered.own_financing_sek <> coalesce(shown.own_financing_sek, 0)
group by 1
