{# A group's part of a fee kind, and a member's part of that, rounded to the öre once. The same words stand as the
   lineage rule of the column in member_fee_shares.yml. #}
{% macro by_rule(fee_kind) -%}
round(
    case {{ fee_kind }}_key_basis
        when 'none' then 0
        when 'alone' then group_share * {{ fee_kind }}_base_sek
        when 'agreed' then group_share * {{ fee_kind }}_base_sek * agreed_share / group_agreed_share
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

{# A rule in steps: what a step gives of the base (each step rounded to the öre), whether it gives anything of it, and
   whether it is the step the base lies in; without a base the first. The same words stand as lineage in own_capital.yml. #}
{% macro step_amount(base, step) -%}
round({{ step }}.value_share * case {{ step }}.step_method
    when 'slice' then least({{ base }}, coalesce({{ step }}.upper_sek, {{ base }})) - {{ step }}.lower_sek
    else {{ base }}
end, 2)
{%- endmacro %}

{% macro step_counts(base, step) -%}
{{ base }} >= {{ step }}.lower_sek
and ({{ step }}.step_method = 'slice' or {{ step }}.upper_sek is null or {{ base }} < {{ step }}.upper_sek)
{%- endmacro %}

{% macro step_reached(base, step) -%}
coalesce({{ base }}, 0) >= {{ step }}.lower_sek
and ({{ step }}.upper_sek is null or coalesce({{ base }}, 0) < {{ step }}.upper_sek)
{%- endmacro %}

{# True where a rule reckons with a fee: its base is the ordinary fees, or the extra ones too. #}
{% macro is_in_base(fee, rule) -%}
(
    ({{ fee }}.fee_kind = 'ordinary' and {{ rule }}.base_code in ('ordinary', 'total'))
    or ({{ fee }}.fee_kind = 'extra' and {{ rule }}.base_code = 'total')
)
{%- endmacro %}
