{{ config(tags=['disclosed']) }}
{{ disclosed_profile('education_profile') }}
