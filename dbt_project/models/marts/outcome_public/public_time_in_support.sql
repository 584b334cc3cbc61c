{{ config(tags=['disclosed']) }}
{{ disclosed_profile('time_in_support') }}
