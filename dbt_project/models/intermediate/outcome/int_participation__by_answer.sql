-- Who took part in a year, by one answer at a time. A table of its own: its true size saves the marts nested loops.
select
    spell.association_id,
    register.fiscal_year,
    spell.initiative_id,
    spell.sex,
    answer.list_code,
    answer.code,
    count(*) as participant_count,
    count(*) filter (where spell.start_date >= make_date(register.fiscal_year, 1, 1)) as new_count
from {{ ref('fct_participation') }} as spell
inner join {{ ref('int_register__delivered') }} as register
    on
        spell.association_id = register.association_id
        and spell.start_date <= make_date(register.fiscal_year, 12, 31)
        and coalesce(spell.end_date, 'infinity') >= make_date(register.fiscal_year, 1, 1)
cross join
    lateral (
        values
        ('education', spell.education_code),
        ('time_in_support', spell.time_in_support_code),
        ('age_band', spell.age_band_code),
        ('referrer', spell.referrer_code)
    ) as answer (list_code, code)
where not spell.is_misregistered
group by 1, 2, 3, 4, 5, 6
