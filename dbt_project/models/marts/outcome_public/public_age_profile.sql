{{ config(tags=['disclosed']) }}
{{ disclosed_profile('age_profile') }}
