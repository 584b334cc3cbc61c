{{ config(tags=['disclosed']) }}
{{ disclosed_profile('referrer_profile') }}
