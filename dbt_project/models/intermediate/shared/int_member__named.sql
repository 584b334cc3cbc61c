{{ names_by_year(ref('stg_members__members'), 'member_id', ['member_kind', 'pays_fee']) }}
