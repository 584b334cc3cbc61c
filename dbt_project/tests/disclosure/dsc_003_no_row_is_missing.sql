{{ config(meta={
    'rule_id': 'DSC-003', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje antal i en ny utgåva har ett beslut, och varje beslut en rad i sin tabell, också där ingen finns.',
    'why_sv': 'En rad som saknas säger noll, och en rad som finns bara när någon är där säger att någon är där.',
    'remedy_sv': 'Jämför int_outcome_cells, fct_disclosure_decision och tabellens rader för förbundet och året.',
}) }}
with shown as (
    {%- for report in disclosed_reports() %}
        select
            association_id,
            '{{ report.name }}' as report,
            fiscal_year,
            initiative_id,
            sex,
            {{ report.code or "'all'" }} as category_code
        from {{ ref('public_' ~ report.name) }}
        {%- if report.codes %}
            where {{ report.code }} in ({{ listed_strings(report.codes) }})
        {%- endif %}
        union all
    {%- endfor %}
    select
        association_id,
        'referrals' as report,
        fiscal_year,
        destination_code as initiative_id,
        'all' as sex,
        referrer_code as category_code
    from {{ ref('public_referrals') }}
),

decided as (
    select distinct
        association_id,
        report,
        fiscal_year,
        initiative_id,
        sex,
        category_code
    from {{ ref('fct_disclosure_decision') }}
    -- a goal has its row whatever was decided, as long as the association has the goal; a code that is shown within
    -- another has none
    where report <> 'goal_attainment' and decision <> 'merged'
),

exact as (
    select
        cell.association_id,
        cell.report,
        cell.fiscal_year,
        cell.initiative_id,
        cell.sex,
        cell.category_code,
        cell.measure
    from {{ ref('int_outcome_cells') }} as cell
    inner join {{ source('ops', 'disclosure_standing') }} as standing
        on cell.association_id = standing.association_id and standing.is_new
    where not cell.fiscal_year = any(standing.kept_years)
)

select
    odd.association_id,
    count(*)::bigint as failed
from (
    (
        select * from shown
        except all
        select * from decided
    )
    union all
    (
        select * from decided
        except all
        select * from shown
    )
    union all
    (
        select
            missing.association_id,
            missing.report,
            missing.fiscal_year,
            missing.initiative_id,
            missing.sex,
            missing.category_code
        from (
            select * from exact
            except all
            select
                association_id,
                report,
                fiscal_year,
                initiative_id,
                sex,
                category_code,
                measure
            from {{ ref('fct_disclosure_decision') }}
        ) as missing
    )
) as odd
group by 1
