{{ config(tags=['disclosed']) }}
{{ disclosed_before_after('support_before_after') }}
