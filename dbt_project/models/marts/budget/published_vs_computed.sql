-- Print beside warehouse. The kind of error is read from the figures, in the order in which people look for it.
with compared as (
    select
        figure.*,
        case when left(figure.mart_column, 1) = '-' then -1 else 1 end * computed.computed_value as computed_value,
        coalesce(computed.beside_row_count, 0) as beside_row_count
    from {{ ref('fct_published_figure') }} as figure
    left join {{ ref('int_published_figure__computed') }} as computed
        on
            figure.association_id = computed.association_id
            and figure.mart_name = computed.mart_name
            and figure.mart_key = computed.mart_key
            and ltrim(figure.mart_column, '-') = computed.mart_column
),

differing as (
    select
        *,
        printed_value - computed_value as difference,
        trim_scale(abs(printed_value))::text as printed_digits,
        trim_scale(abs(computed_value))::text as computed_digits,
        case
            when printed_value is null then 'no_number'
            when mart_name is null or mart_key is null or mart_column is null then 'unmapped'
            -- the sheet or statement is there and has no such line: that is what a printed nought says
            when computed_value is null and printed_value = 0 and beside_row_count > 0 then 'zero'
            when computed_value is null then 'no_cell'
            when printed_value = computed_value then 'equal'
            -- a sum is rounded, and made of what was rounded before it
            when
                abs(printed_value - computed_value)
                <= tolerance * case when row_type in ('subtotal', 'total', 'result') then 2 else 1 end
                then 'rounding'
            else 'differs'
        end as status
    from compared
),

beside_years as (
    select
        figure.association_id,
        figure.document,
        figure.cell_number,
        count(*) as other_year_count
    from differing as figure
    inner join differing as other
        on
            figure.association_id = other.association_id
            and figure.document = other.document
            and figure.table_name = other.table_name
            and figure.line_name = other.line_name
            and figure.year_printed <> other.year_printed
    where
        figure.initiative_name is not distinct from other.initiative_name
        and figure.section is not distinct from other.section
        and figure.line_number is not distinct from other.line_number
        and figure.computed_value <> figure.printed_value
        and figure.printed_value <> 0
        and abs(other.computed_value - figure.printed_value) <= figure.tolerance
    group by 1, 2, 3
),

beside_parts as (
    select
        figure.association_id,
        figure.document,
        figure.cell_number,
        count(*) as missing_part_count
    from differing as figure
    inner join differing as other
        on
            figure.association_id = other.association_id
            and figure.document = other.document
            and figure.table_name = other.table_name
            and figure.cell_number <> other.cell_number
    where
        figure.initiative_name is not distinct from other.initiative_name
        and figure.year_printed is not distinct from other.year_printed
        and figure.version is not distinct from other.version
        and figure.measure is not distinct from other.measure
        and (
            (
                figure.row_type in ('subtotal', 'total', 'result')
                and figure.party_name is not distinct from other.party_name
            )
            or (
                figure.line_name = other.line_name
                and figure.section is not distinct from other.section
                and figure.party_name <> other.party_name
            )
        )
        and figure.sex is not distinct from other.sex
        and other.printed_value <> 0
        and abs(other.printed_value + figure.difference) <= figure.tolerance
    group by 1, 2, 3
),

looked_at as (
    select
        differing.*,
        coalesce(beside_years.other_year_count, 0) as other_year_count,
        coalesce(beside_parts.missing_part_count, 0) as missing_part_count,
        {{ digit_error('differing') }} as digit_error
    from differing
    left join beside_years
        on
            differing.association_id = beside_years.association_id
            and differing.document = beside_years.document
            and differing.cell_number = beside_years.cell_number
    left join beside_parts
        on
            differing.association_id = beside_parts.association_id
            and differing.document = beside_parts.document
            and differing.cell_number = beside_parts.cell_number
)

select
    association_id::text as association_id,
    document::text as document,
    cell_number::integer as cell_number,
    table_name::text as table_name,
    page::text as page,
    section::text as section,
    line_number::text as line_number,
    line_name::text as line_name,
    row_type::text as row_type,
    year_printed::text as year_printed,
    version::text as version,
    measure::text as measure,
    party_name::text as party_name,
    sex::text as sex,
    initiative_name::text as initiative_name,
    unit::text as unit,
    unit_printed::text as unit_printed,
    value_printed::text as value_printed,
    printed_value::numeric(24, 6) as printed_value,
    no_number_reason::text as no_number_reason,
    tolerance::numeric(24, 6) as tolerance,
    mart_name::text as mart_name,
    mart_key::text as mart_key,
    mart_column::text as mart_column,
    computed_value::numeric(24, 6) as computed_value,
    difference::numeric(24, 6) as difference,
    other_year_count::integer as other_year_count,
    missing_part_count::integer as missing_part_count,
    digit_error::text as digit_error,
    status::text as status,
    case
        when status = 'rounding' then 'rounding'
        when status <> 'differs' then null
        when printed_value = -computed_value then 'missing_minus'
        when {{ is_thousandfold('printed_value', 'computed_value') }} then 'unit'
        when {{ is_about('value_printed') }} and abs(difference) <= 0.05 * abs(computed_value) then 'approximate'
        when missing_part_count > 0 then 'stale_sum'
        when abs(difference) = 2 * tolerance then 'off_by_one'
        when other_year_count > 0 then 'earlier_year'
        when digit_error is not null then digit_error
        else 'unexplained'
    end::text as likely_kind,
    beside_row_count::integer as beside_row_count
from looked_at
