{{ config(meta={
    'rule_id': 'FIN-006', 'severity': 'finding', 'owner_sv': 'Förbundets ekonomiansvarig',
    'meaning_sv': 'Eget kapital ändras bara med årets resultat.',
    'why_sv': 'Bokningar direkt mot eget kapital syns inte i resultatet, men minskar det som får beslutas.',
    'remedy_sv': 'Se vilka verifikationer som bokats på konton för eget kapital och förklara dem i årsredovisningen.',
}) }}
select
    own_capital.association_id,
    count(*)::bigint as failed
from {{ ref('own_capital') }} as own_capital
inner join {{ ref('balance_sheet') }} as balance_sheet
    on
        own_capital.association_id = balance_sheet.association_id
        and own_capital.fiscal_year = balance_sheet.fiscal_year
        and balance_sheet.line_code = 'equity'
where own_capital.closing_sek <> balance_sheet.amount_sek
group by 1
