{{ config(meta={
    'rule_id': 'FIN-043', 'severity': 'invariant', 'owner_sv': 'Den som förvaltar lagret',
    'meaning_sv': 'Varje nots summa är lika med raderna i räkningarna som hänvisar till noten.',
    'why_sv': 'En not som inte är hela sin rad förklarar den inte.',
    'remedy_sv': 'Se båda beloppen i reconciliations och jämför notens konton med radens i fct_ledger_entry.',
}) }}
-- the identities have their own rules; every other check is a note
select
    checked.association_id,
    sum(abs(checked.difference_sek)) as failed_sek,
    count(*)::bigint as failed
from {{ ref('reconciliations') }} as checked
inner join {{ ref('dim_report_line') }} as note
    on
        checked.association_id = note.association_id
        and checked.check_code = note.line_code
        and note.statement = 'notes'
where checked.status = 'differs'
group by 1
