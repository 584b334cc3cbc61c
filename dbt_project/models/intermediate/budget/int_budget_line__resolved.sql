-- Every delivered budget row on its line, with initiative and party; what matches nothing stays, as unmapped.
with named as (
    select
        sent.*,
        coalesce(
            line_name.line_code, case when sent.initiative_key is not null then 'initiatives' else 'unmapped' end
        ) as line_code,
        {{ code_or_reason('sent.initiative_key', 'initiative.initiative_id') }} as initiative_id,
        {{ code_or_reason('sent.party_key', 'party.member_id') }} as party_id
    from {{ ref('stg_budgets__lines') }} as sent
    left join {{ ref('int_budget_line__names') }} as line_name
        on sent.association_id = line_name.association_id and sent.line_key = line_name.line_key
    {{ join_initiative('sent', 'fiscal_year') }}
    {{ join_party('sent', 'fiscal_year') }}
),

dated as (
    select
        *,
        min(coalesce(document, '')) over same_day <> max(coalesce(document, '')) over same_day as shares_day
    from named
    window same_day as (partition by association_id, version_kind, made_date)
)

select
    dated.association_id,
    dated.fiscal_year,
    dated.version_kind,
    dated.made_date,
    dated.document,
    dated.line_code,
    dated.line_name,
    dated.initiative_id,
    dated.initiative_name,
    dated.party_id,
    dated.party_name,
    dated.decision_state,
    dated.amount_sek,
    dated.unit,
    concat_ws(' ', dated.version_kind, to_char(dated.made_date, 'YYYY-MM-DD'), dated.document) as version,
    -- beside its date a version needs its document's name only where two of a kind share the day
    concat_ws(' ', dated.version_kind, case when dated.shares_day then dated.document end) as as_of_version,
    (dated.amount_sek * line.sign)::numeric(18, 2) as ledger_sek,
    array_prepend(line.line_code, line.total_codes) as budget_lines,
    dated._delivery_id,
    dated._row_number
from dated
inner join {{ ref('int_report_line__in_force') }} as line
    on
        dated.association_id = line.association_id
        and dated.line_code = line.line_code
        and line.statement = 'budget'
