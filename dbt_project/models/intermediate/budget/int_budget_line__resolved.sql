-- Every delivered budget row on its line, with initiative and party; what matches nothing stays, as unmapped.
with sent as (
    -- a part stands on the line of the row it is a part of
    select
        *,
        coalesce(initiative_code_key, initiative_key) as named_initiative_key,
        case when is_part then part_of_key else line_key end as own_key
    from {{ ref('stg_budgets__lines') }}
),

-- tables print income by who pays it: a member's name under the heading of income is its fee
payer as (
    select distinct
        member.association_id,
        heading.heading_key,
        member.name_key,
        member.member_id,
        member.first_year,
        member.last_year
    from {{ ref('int_member__named') }} as member
    inner join {{ ref('int_budget_line__headings') }} as heading
        on member.association_id = heading.association_id and heading.total_code = 'income'
),

named as (
    select
        sent.*,
        total.sign as heading_sign,
        coalesce(
            under_heading.line_code,
            line_name.line_code,
            case when sent.named_initiative_key is not null then 'initiatives' end,
            heading.line_code,
            case when payer.member_id is not null then 'member_fees' end,
            'unmapped'
        ) as line_code,
        coalesce(
            case when sent.named_initiative_key is null then listed.initiative_id end,
            {{ code_or_reason('sent.named_initiative_key', 'coalesce(coded.initiative_id, initiative.initiative_id)') }}
        ) as initiative_id,
        case
            when sent.party_key is null and payer.member_id is not null then payer.member_id
            else {{ code_or_reason('sent.party_key', 'party.member_id') }}
        end as party_id
    from sent
    left join {{ ref('int_budget_line__names') }} as line_name
        on
            sent.association_id = line_name.association_id
            and sent.own_key = line_name.line_key
            and line_name.heading_key = ''
    left join {{ ref('int_budget_line__names') }} as under_heading
        on
            sent.association_id = under_heading.association_id
            and sent.own_key = under_heading.line_key
            and sent.section_key = under_heading.heading_key
    left join {{ ref('int_budget_line__headings') }} as total
        on sent.association_id = total.association_id and sent.section_key = total.heading_key
    left join {{ ref('int_budget_line__names') }} as heading
        on
            sent.association_id = heading.association_id
            and sent.section_key = heading.line_key
            and heading.heading_key = ''
    left join payer
        on
            sent.association_id = payer.association_id
            and sent.section_key = payer.heading_key
            and sent.own_key = payer.name_key
            and sent.fiscal_year between payer.first_year and payer.last_year
    left join {{ ref('int_initiative__named') }} as coded
        on
            sent.association_id = coded.association_id
            and sent.initiative_code_key = coded.name_key
            and sent.fiscal_year between coded.first_year and coded.last_year
    -- tables name initiatives as lines under a heading that means them
    left join {{ ref('int_initiative__named') }} as listed
        on
            sent.association_id = listed.association_id
            and heading.line_code = 'initiatives'
            and sent.own_key = listed.name_key
            and sent.fiscal_year between listed.first_year and listed.last_year
    {{ join_initiative('sent', 'fiscal_year') }}
    {{ join_party('sent', 'fiscal_year') }}
),

dated as (
    select
        *,
        -- a sum over several years is a version of its own: it is never beside one year's amounts
        case when first_year < fiscal_year then concat(first_year, '–', fiscal_year) end as years,
        min(coalesce(document, '')) over same_day <> max(coalesce(document, '')) over same_day as shares_day
    from named
    window same_day as (partition by association_id, version_kind, made_date)
)

select
    dated.association_id,
    dated.fiscal_year,
    coalesce(dated.first_year, dated.fiscal_year) as first_year,
    dated.version_kind,
    dated.made_date,
    dated.document,
    dated.line_code,
    dated.line_name,
    dated.initiative_id,
    dated.initiative_code,
    dated.initiative_name,
    dated.party_id,
    dated.party_name,
    dated.decision_state,
    dated.amount_sek,
    dated.unit,
    dated.annex_code,
    dated.section_name,
    dated.is_part,
    dated.part_of,
    dated.file_row,
    dated.file_column,
    concat_ws(' ', dated.version_kind, to_char(dated.made_date, 'YYYY-MM-DD'), dated.document, dated.years)
        as version,
    -- beside its date a version needs its document's name only where two of a kind share the day
    concat_ws(' ', dated.version_kind, case when dated.shares_day then dated.document end, dated.years)
        as as_of_version,
    -- a part is in the row above already: it stands on no line and adds nothing
    -- what no line names is income where it stands under income
    -- costs that the paper says it writes with minus are the ledger's plus all the same
    case
        when dated.is_part then 0
        when dated.has_minus_costs and line.sign > 0 and coalesce(dated.heading_sign, 1) > 0 then -dated.amount_sek
        when dated.line_code = 'unmapped' then dated.amount_sek * coalesce(dated.heading_sign, line.sign)
        else dated.amount_sek * line.sign
    end::numeric(18, 2) as ledger_sek,
    case when dated.is_part then array[]::text[] else array_prepend(line.line_code, line.total_codes) end
        as budget_lines,
    dated._delivery_id,
    dated._row_number
from dated
inner join {{ ref('int_report_line__in_force') }} as line
    on
        dated.association_id = line.association_id
        and dated.line_code = line.line_code
        and line.statement = 'budget'
