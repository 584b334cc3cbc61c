{# A group's part of a fee kind, and a member's part of that, rounded to the öre once. The same words stand as the
   lineage rule of the column in member_fee_shares.yml. #}
{% macro by_rule(fee_kind) -%}
round(
    case {{ fee_kind }}_key_basis
        when 'none' then 0
        when 'alone' then group_share * {{ fee_kind }}_base_sek
        when 'population' then group_share * {{ fee_kind }}_base_sek * population_count / group_population_count
        when 'equal' then group_share * {{ fee_kind }}_base_sek / nullif(group_member_count, 0)
        else group_share * {{ fee_kind }}_base_sek * {{ fee_kind }}_key_sek / nullif({{ fee_kind }}_key_total_sek, 0)
    end, 2
)
{%- endmacro %}

{# How far a rounded amount may be from what it stands for, by the unit it was sent in. Amounts in kronor may be exact:
   `kronor` says what they are allowed. #}
{% macro half_unit(unit, kronor='0.5') -%}
case {{ unit }} when 'tkr' then 500 when 'mnkr' then 500000 else {{ kronor }} end
{%- endmacro %}
