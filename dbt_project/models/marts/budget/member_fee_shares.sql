with member as (
    select * from {{ ref('int_member_fee__by_member') }}
),

with_share as (
    select
        member.*,
        rule.value_share as group_share
    from member
    left join {{ ref('dim_rule') }} as rule
        on
            member.association_id = rule.association_id
            and rule.rule_code = 'financing_share_' || member.member_kind
            and member.fiscal_year between rule.first_year and rule.last_year
),

with_base as (
    select
        *,
        -- a member that has no part in a kind does not depend on what the others decided: its base is nothing
        case when ordinary_key_basis = 'none' then 0 else ordinary_total_sek end as ordinary_base_sek,
        case when ordinary_key_basis = 'ordinary' then ordinary_decided_sek else 0 end as ordinary_key_sek,
        case when ordinary_key_basis = 'ordinary' then ordinary_group_sek else 0 end as ordinary_key_total_sek,
        case when extra_key_basis = 'none' then 0 else extra_total_sek end as extra_base_sek,
        case extra_key_basis
            when 'extra' then extra_decided_sek when 'ordinary' then ordinary_decided_sek else 0
        end as extra_key_sek,
        case extra_key_basis
            when 'extra' then extra_group_sek when 'ordinary' then ordinary_group_sek else 0
        end as extra_key_total_sek
    from with_share
),

by_rule as (
    select
        *,
        {{ by_rule('ordinary') }} as ordinary_by_rule_sek,
        {{ by_rule('extra') }} as extra_by_rule_sek
    from with_base
)

select
    association_id::text as association_id,
    fiscal_year::integer as fiscal_year,
    member_id::text as member_id,
    member_name::text as member_name,
    member_kind::text as member_kind,
    decided_sek::numeric(18, 2) as decided_sek,
    (ordinary_by_rule_sek + extra_by_rule_sek)::numeric(18, 2) as by_rule_sek,
    (decided_sek - (ordinary_by_rule_sek + extra_by_rule_sek))::numeric(18, 2) as deviation_sek,
    case
        when member_kind = 'unmapped' then 'none'
        when group_member_count = 1 then 'sole_member'
        else 'decided_proportion'
    end::text as key_basis,
    group_share::numeric(18, 6) as group_share,
    group_member_count::integer as group_member_count,
    other_decided_sek::numeric(18, 2) as other_decided_sek,
    ordinary_decided_sek::numeric(18, 2) as ordinary_decided_sek,
    ordinary_base_sek::numeric(18, 2) as ordinary_base_sek,
    ordinary_key_basis::text as ordinary_key_basis,
    ordinary_key_sek::numeric(18, 2) as ordinary_key_sek,
    ordinary_key_total_sek::numeric(18, 2) as ordinary_key_total_sek,
    ordinary_by_rule_sek::numeric(18, 2) as ordinary_by_rule_sek,
    extra_decided_sek::numeric(18, 2) as extra_decided_sek,
    extra_base_sek::numeric(18, 2) as extra_base_sek,
    extra_key_basis::text as extra_key_basis,
    extra_key_sek::numeric(18, 2) as extra_key_sek,
    extra_key_total_sek::numeric(18, 2) as extra_key_total_sek,
    extra_by_rule_sek::numeric(18, 2) as extra_by_rule_sek
from by_rule
