{# True where a row of a mart, as JSON, is one of those a key like `fiscal_year=2017|line_code=cash` means. A column said
   twice, `party_id=a|party_id=b`, may be either. `but` leaves one column unasked. #}
{% macro is_meant(mart_row, mart_key, but=none) -%}
not exists (
    select 1 from string_to_table({{ mart_key }}, '|') as part (said)
    {% if but %}where split_part(part.said, '=', 1) <> {{ but }}{% endif %}
    group by split_part(part.said, '=', 1)
    having
        not bool_or(
            {{ mart_row }} ->> split_part(part.said, '=', 1)
            is not distinct from substr(part.said, strpos(part.said, '=') + 1)
        )
)
{%- endmacro %}

{# The column the last part of a key asks for: what the row is about, as `line_code`. #}
{% macro asked_last(mart_key) -%} split_part(regexp_replace({{ mart_key }}, '^.*[|]', ''), '=', 1) {%- endmacro %}

{# True where one amount is a thousand times the other, save rounding: kronor for thousands. #}
{% macro is_thousandfold(printed, computed) -%}
(
    abs(abs({{ printed }} / nullif({{ computed }}, 0)) / 1000 - 1) < 0.001
    or abs(abs({{ computed }} / nullif({{ printed }}, 0)) / 1000 - 1) < 0.001
)
{%- endmacro %}

{# True where the print itself says that its number is not exact. #}
{% macro is_about(printed) -%}
{{ printed }} ~* '^(ca|c:a|cirka|omkring|ungefär|drygt|knappt|nästan|närmare)[. ]'
{%- endmacro %}

{# What happened to the digits of a printed whole number, where sign and most of them are right; null where nothing did. #}
{% macro digit_error(row) -%}
case
    when
        {{ row }}.difference = 0
        or sign({{ row }}.printed_value) <> sign({{ row }}.computed_value)
        or trunc({{ row }}.printed_value) <> {{ row }}.printed_value
        or trunc({{ row }}.computed_value) <> {{ row }}.computed_value
        then null
    when length({{ row }}.printed_digits) = length({{ row }}.computed_digits)
        then
            case {{ digits_apart(row) }}
                when 1 then case when length({{ row }}.printed_digits) >= 3 then 'mistyped_digits' end
                when 2
                    then
                        case
                            when {{ digits_are_swapped(row) }} then 'transposed_digits'
                            when length({{ row }}.printed_digits) > 4 then 'mistyped_digits'
                        end
            end
    when {{ is_with_one_more(row ~ '.printed_digits', row ~ '.computed_digits') }} then 'stray_digit'
    when {{ is_with_one_more(row ~ '.computed_digits', row ~ '.printed_digits') }} then 'missing_digit'
end
{%- endmacro %}

{% macro digits_apart(row) -%}
(
    select count(*) from generate_series(1, length({{ row }}.printed_digits)) as at (place)
    where substr({{ row }}.printed_digits, at.place, 1) <> substr({{ row }}.computed_digits, at.place, 1)
)
{%- endmacro %}

{% macro digits_are_swapped(row) -%}
exists (
    select 1 from generate_series(1, length({{ row }}.printed_digits) - 1) as at (place)
    where
        substr({{ row }}.printed_digits, at.place, 2) = reverse(substr({{ row }}.computed_digits, at.place, 2))
        and substr({{ row }}.printed_digits, at.place, 1) <> substr({{ row }}.computed_digits, at.place, 1)
)
{%- endmacro %}

{% macro is_with_one_more(longer, shorter) -%}
length({{ longer }}) = length({{ shorter }}) + 1 and length({{ shorter }}) >= 3 and exists (
    select 1 from generate_series(1, length({{ longer }})) as at (place)
    where overlay({{ longer }} placing '' from at.place for 1) = {{ shorter }}
)
{%- endmacro %}
