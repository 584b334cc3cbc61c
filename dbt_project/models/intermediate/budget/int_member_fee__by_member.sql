-- One row per member and year with decided fees, also for a member that was asked for nothing; not for one that another
-- pays for, unless it was asked all the same.
with fee as (
    select * from {{ ref('int_member_fee__resolved') }}
),

decided as (
    select * from fee
    where is_decision_in_force
),

known_member as materialized (
    select * from {{ ref('stg_members__members') }}
),

member as (
    select
        fee_year.association_id,
        fee_year.fiscal_year,
        known_member.member_id,
        known_member.member_kind,
        known_member.name_sv as member_name,
        known_member.pays_fee
    from (
        select distinct
            association_id,
            fiscal_year
        from decided
    ) as fee_year
    inner join known_member
        on
            fee_year.association_id = known_member.association_id
            and fee_year.fiscal_year between known_member.first_year and known_member.last_year
    union all
    -- money asked of or paid by someone the register does not know is as visible as money decided for them
    select distinct
        fee.association_id,
        fee.fiscal_year,
        fee.member_id,
        fee.member_kind,
        'Ej kopplad medlem' as member_name,
        null::boolean as pays_fee
    from fee
    inner join decided on fee.association_id = decided.association_id and fee.fiscal_year = decided.fiscal_year
    where fee.member_id = 'unmapped'
),

with_amounts as (
    select
        member.*,
        -- a member may have a row per kind of fee; its population is one and the same
        max(decided.population_count) as population_count,
        max(decided.population_date) as population_date,
        coalesce(sum(decided.amount_sek), 0)::numeric(18, 2) as decided_sek,
        coalesce(
            sum(decided.amount_sek) filter (where decided.fee_kind = 'ordinary'), 0
        )::numeric(18, 2) as ordinary_decided_sek,
        coalesce(
            sum(decided.amount_sek) filter (where decided.fee_kind = 'extra'), 0
        )::numeric(18, 2) as extra_decided_sek,
        coalesce(
            sum(decided.amount_sek) filter (where decided.fee_kind = 'other'), 0
        )::numeric(18, 2) as other_decided_sek
    from member
    left join decided
        on
            member.association_id = decided.association_id
            and member.fiscal_year = decided.fiscal_year
            and member.member_id = decided.member_id
    group by 1, 2, 3, 4, 5, 6
    having member.pays_fee is not false or bool_or(decided.amount_sek <> 0)
),

with_agreed as (
    select
        with_amounts.*,
        agreed.value_share as agreed_share
    from with_amounts
    left join {{ ref('stg_rules__rules') }} as agreed
        on
            with_amounts.association_id = agreed.association_id
            and agreed.rule_code = 'member_share'
            and with_amounts.member_id = agreed.member_id
            and with_amounts.fiscal_year between agreed.first_year and agreed.last_year
),

-- a group is those of a kind that pay: what another pays for a member is part of that one's fee
with_group as (
    select
        *,
        count(*) filter (where pays_fee is not false) over member_group as group_member_count,
        count(agreed_share) filter (where pays_fee is not false) over member_group as agreed_member_count,
        sum(agreed_share) filter (where pays_fee is not false) over member_group as agreed_total_share,
        count(population_count) filter (where pays_fee is not false) over member_group as counted_member_count,
        sum(population_count) filter (where pays_fee is not false) over member_group as counted_population_count,
        (coalesce(sum(ordinary_decided_sek) filter (where pays_fee is not false) over member_group, 0))::numeric(18, 2)
            as ordinary_group_sek,
        (coalesce(sum(extra_decided_sek) filter (where pays_fee is not false) over member_group, 0))::numeric(18, 2)
            as extra_group_sek,
        (sum(ordinary_decided_sek) over everyone)::numeric(18, 2) as ordinary_total_sek,
        (sum(extra_decided_sek) over everyone)::numeric(18, 2) as extra_total_sek
    from with_agreed
    window
        member_group as (partition by association_id, fiscal_year, member_kind),
        everyone as (partition by association_id, fiscal_year)
),

with_population as (
    select
        *,
        -- a key only where everyone who shares has one
        case
            when counted_member_count = group_member_count then nullif(counted_population_count, 0)
        end as group_population_count,
        (case when agreed_member_count = group_member_count then nullif(agreed_total_share, 0) end)::numeric(18, 6)
            as group_agreed_share
    from with_group
)

select
    *,
    -- how the group's part is split between its members: alone, by the shares they agreed on, by population where it is
    -- delivered, by what was decided, or equally where nothing was
    case
        when member_kind = 'unmapped' or pays_fee is false or ordinary_total_sek = 0 then 'none'
        when group_member_count = 1 then 'alone'
        when group_agreed_share is not null then 'agreed'
        when group_population_count is not null then 'population'
        when ordinary_group_sek = 0 then 'equal'
        when ordinary_decided_sek = 0 then 'none'
        else 'ordinary'
    end as ordinary_key_basis,
    case
        when member_kind = 'unmapped' or pays_fee is false or extra_total_sek = 0 then 'none'
        when group_member_count = 1 then 'alone'
        when group_agreed_share is not null then 'agreed'
        when group_population_count is not null then 'population'
        when extra_group_sek <> 0 and extra_decided_sek <> 0 then 'extra'
        when extra_group_sek <> 0 then 'none'
        when ordinary_group_sek = 0 then 'equal'
        when ordinary_decided_sek = 0 then 'none'
        else 'ordinary'
    end as extra_key_basis
from with_population
