{{ config(meta={
    'rule_id': 'FIN-004', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Eget kapital vid årets ingång är lika med det vid förra årets utgång.',
    'why_sv': 'Skiljer de sig har ett avslutat år ändrats, eller är ett av åren fel.',
    'remedy_sv': 'Jämför huvudboken för de två åren och be bokföringen förklara skillnaden.',
}) }}
select
    this_year.association_id,
    count(*)::bigint as failed
from {{ ref('own_capital') }} as this_year
inner join {{ ref('own_capital') }} as year_before
    on
        this_year.association_id = year_before.association_id
        and this_year.fiscal_year = year_before.fiscal_year + 1
where this_year.opening_sek <> year_before.closing_sek
group by 1
