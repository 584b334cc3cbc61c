-- Who took part in a year, by one answer at a time. A table of its own: its true size saves the marts nested loops.
select
    spell.association_id,
    register.fiscal_year,
    spell.initiative_id,
    spell.sex,
    answer.list_code,
    answer.code,
    count(*) as participant_count,
    count(*) filter (where spell.start_date >= register.first_date) as new_count
{% call spells_by_year('in_year') %}
cross join
    lateral (
        values
        ('education', spell.education_code),
        ('time_in_support', spell.time_in_support_code),
        ('age_band', spell.age_band_code),
        ('referrer', spell.referrer_code)
    ) as answer (list_code, code)
{% endcall %}
group by 1, 2, 3, 4, 5, 6
