{{ config(meta={
    'rule_id': 'OUT-060', 'severity': 'finding', 'owner_sv': 'Förbundets kansli',
    'meaning_sv': 'Åldersgrupperna i den offentliga statistiken går inte omlott.',
    'why_sv': 'Den som är 22 år står både i 16–24 och i 20–29. Inget av periodens värden läggs då ihop, så målet som frågar efter dem får inget utfall.',
    'remedy_sv': 'Hämta tabellen med åldersgrupper som tar vid där den förra slutar, med ettårsklasser eller med alla åldrar, och lämna den under samma tabellnamn.',
}) }}
select
    association_id,
    count(*)::bigint as failed
from {{ ref('int_statistic__counted') }}
where is_overlapping
group by 1
