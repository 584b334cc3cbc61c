{# Those that count something else than a year's participants, in places of their own: where people were referred stands in
   the place of the initiative, and `all` among the codes is every sender together. #}
{% macro disclosed_beside_participants() -%}
{{ return([
    {'name': 'referrals', 'code': 'referrer_code', 'measures': ['referral_count', 'accepted_count']},
]) }}
{%- endmacro %}
