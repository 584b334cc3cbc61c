{{ config(tags=['disclosed']) }}
{{ disclosed_before_after('occupation_before_after') }}
