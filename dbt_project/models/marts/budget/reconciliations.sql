with side as (
    {{ reconciled_sides() }}
),

-- a note may specify lines of either statement; it is printed without their sign
noted_line as (
    select
        association_id,
        fiscal_year,
        note_code,
        amount_sek
    from {{ ref('income_statement') }}
    where line_kind = 'line' and note_code is not null
    union all
    select
        association_id,
        fiscal_year,
        note_code,
        amount_sek
    from {{ ref('balance_sheet') }}
    where line_kind = 'line' and note_code is not null
),

every_side as (
    select * from side
    union all
    select
        association_id,
        fiscal_year,
        line_code as check_code,
        'left' as side,
        abs(amount_sek) as amount_sek
    from {{ ref('statement_notes') }}
    where line_kind = 'total'
    union all
    select
        association_id,
        fiscal_year,
        note_code as check_code,
        'right' as side,
        abs(sum(amount_sek)) as amount_sek
    from noted_line
    group by 1, 2, 3
),

compared as (
    select
        every_side.association_id,
        every_side.fiscal_year,
        every_side.check_code,
        max(every_side.amount_sek) filter (where every_side.side = 'left') as left_sek,
        max(every_side.amount_sek) filter (where every_side.side = 'right') as right_sek
    from every_side
    group by 1, 2, 3
    -- a closing equity with no year after it, and a year nobody adopted, are held against nothing
    having
        every_side.check_code not in ('opening_equity', 'adopted_result', 'adopted_equity')
        or count(every_side.amount_sek) filter (where every_side.side = 'left') > 0
),

tolerated as (
    select
        association_id,
        fiscal_year,
        coalesce(sum({{ half_unit('unit', '0') }}) filter (where is_decision_in_force), 0) as decided_sek,
        coalesce(sum({{ half_unit('unit', '0') }}) filter (where fee_event = 'invoiced'), 0) as invoiced_sek
    from {{ ref('fct_member_fee') }}
    group by 1, 2
),

budget_tolerated as (
    select
        association_id,
        fiscal_year,
        sum(tolerance_sek) as tolerance_sek
    from {{ ref('budget_decisions') }}
    where is_latest and status in ('holds', 'differs')
    group by 1, 2
),

judged as (
    select
        compared.*,
        compared.left_sek - compared.right_sek as difference_sek,
        coalesce(case compared.check_code
            when 'fees_ledger' then tolerated.decided_sek
            when 'fees_invoiced' then tolerated.decided_sek + tolerated.invoiced_sek
            when 'budget_decisions' then budget_tolerated.tolerance_sek
        end, 0) as tolerance_sek
    from compared
    left join tolerated
        on compared.association_id = tolerated.association_id and compared.fiscal_year = tolerated.fiscal_year
    left join budget_tolerated
        on
            compared.association_id = budget_tolerated.association_id
            and compared.fiscal_year = budget_tolerated.fiscal_year
)

select
    judged.association_id::text as association_id,
    judged.fiscal_year::integer as fiscal_year,
    judged.check_code::text as check_code,
    described.label_sv::text as label_sv,
    described.left_label_sv::text as left_label_sv,
    judged.left_sek::numeric(18, 2) as left_sek,
    described.right_label_sv::text as right_label_sv,
    judged.right_sek::numeric(18, 2) as right_sek,
    judged.difference_sek::numeric(18, 2) as difference_sek,
    judged.tolerance_sek::numeric(18, 2) as tolerance_sek,
    case
        when judged.difference_sek is null then 'no_basis'
        when abs(judged.difference_sek) > judged.tolerance_sek then 'differs'
        else 'holds'
    end::text as status,
    described.sort_order::integer as sort_order
from judged
inner join {{ ref('dim_reconciliation') }} as described
    on judged.association_id = described.association_id and judged.check_code = described.check_code
