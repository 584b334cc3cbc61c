"""Which printed lines are one and the same fact, whatever they are called: the terms of the field, with their signs apart.

Names are compared as folded words. What is not a term here is the same fact only under the same name.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TERMS: tuple[tuple[str, str], ...] = (
    ("equity_opening", r"(?:ingående eget kapital|(?:det )?eget kapital(?:et)? vid (?:årets|periodens) (?:ingång|början))"),
    (
        "equity_closing",
        r"(?:summa eget kapital|utgående eget kapital|(?:det )?eg(?:et|na) kapital(?:et)?"
        r"(?: vid (?:årets|periodens) (?:utgång|slut)| vid bokslut(?: \d{4})?| vid årets slut \w+ omnämnandet.*)|"
        r"eget kapital vid årets slut.*|önskvärd nivå av eget kapital vid \d{4} års utgång)",
    ),
    ("equity_change", r"(?:det )?eg(?:et|na) kapital(?:et)? har (?:under \d{4} )?(?:minskat|ökat)(?: med)?"),
    (
        "result",
        r"(?:årets|periodens|periodens/årets|års)(?: beräknade| redovisade)? resultat|resultat|"
        r"(?:planerat )?(?:minus|plus)?resultatet(?: för \d{4})?|resultatet (?:för )?\d{4}|\d{4} års resultat|resultat \d{4}",
    ),
    ("net_cost", r"(?:verksamhetens )?nettokostnad(?:er(?:na)?|en)?"),
    ("cash_opening", r"(?:likvida medel|kassa) vid (?:årets|periodens) (?:början|ingång)|ingående likvida medel"),
    (
        "cash_closing",
        r"likvida medel(?: vid (?:årets|periodens) (?:slut|utgång))?|kassa och bank|utgående likvida medel|kassa bank",
    ),
    ("total_assets", r"summa tillgångar|balansomslutning|tillgångar totalt"),
    ("total_equity_liabilities", r"summa (?:eget kapital|skulder)(?: avsättningar)? och (?:skulder|eget kapital)|"
                                 r"summa skulder och eget kapital|summa eget kapital avsättningar och skulder"),
    (
        "member_fees",
        r"(?:verksamhetens |intäkter/)?medlemsavgifter|medlemsbidrag|tilldelning(?: från \w+)?|summa medlemsavgifter|"
        r"total medlemsavgift(?: \d{4})?",
    ),
    ("receivables", r"(?:kortfristiga |summa )?fordringar"),
    ("short_term_debts", r"(?:summa )?kortfristiga skulder"),
    ("operating_costs", r"verksamhetens kostnader|summa (?:verksamhetens )?kostnader|kostnader totalt|totala kostnader"),
    ("participants", r"(?:\w+ \d{4} )?(?:totalt )?(?:antal )?(?:inskrivna |kartlagda )?(?:deltagare|personer|individer)"),
    ("ended", r"(?:antal )?(?:avslutade|avslutats|utskrivna)(?: deltagare)?(?: samtliga)?|totalt antal deltagare som avslutats|"
              r"deltagare som avslutats"),
    ("remaining", r"(?:antal )?(?:kvar(?:varande|stående)?|pågående)(?: deltagare)?(?: vid årets slut)?|ärenden som fortgår"),
    ("to_work", r"(?:(?:åter|till)?gått (?:vidare )?till |gick tillbaka till |tillbaka till |åter i |till )?arbete"),
    ("to_studies", r"(?:gått (?:vidare )?till |till )?studier"),
)  # fmt: skip
_FORMS = tuple((concept, re.compile(form)) for concept, form in _TERMS)
_VAGUE = re.compile(
    r"^(?:övrig\w*|summa|totalt?|delsumma|s a|annat|annan\b.*|diverse|övrigt \w+|resultat\w*|kostnader|intäkter|"
    r"avskrivningar|lokal\w*|personal|löner|resor|kommun|landsting|region|okänd\w*)$|^övriga? "
)
_SIGNLESS = frozenset(("operating_costs", "equity_change"))


@lru_cache(maxsize=4096)
def concept_of(folded: str) -> str | None:
    """The field's term a folded name stands for; None where it is no term."""
    return next((concept for concept, form in _FORMS if form.fullmatch(folded)), None)


def is_vague(folded: str) -> bool:
    """True for names that mean another thing in every table: övrigt, summa, kostnader."""
    return _VAGUE.match(folded) is not None


def is_signless(concept: str) -> bool:
    """True where papers print the amount with or without minus, as the table happens to be."""
    return concept in _SIGNLESS
