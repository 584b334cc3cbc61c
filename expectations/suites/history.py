"""Rules that compare a delivery with the one that stands: what breaks them may be right, so a person decides.

Without history, as in `finsam check` or for the first delivery of its kind, they are not applicable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.money import as_ore, in_kronor
from expectations.rule import GateRule, Measured, OfAccount, Rule
from ingestion.readers.table import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from expectations.rule import DeliveryFacts, History, Measure
    from ingestion.readers.table import TextTable

_OWNER = "Förbundets förvaltare av leveranser"
_DECIDE = "Stämmer det: be förvaltaren godkänna leveransen med skäl. Annars: lämna hela filen igen."

HIS_001 = Rule(
    "HIS-001",
    "Antalet rader är rimligt mot den förra leveransen.",
    "En avklippt fil kan sluta på hela rader, och en dubbel export har alla rader flera gånger.",
    _DECIDE,
    severity="hold",
    owner_sv=_OWNER,
)
HIS_002 = Rule(
    "HIS-002",
    "Beloppen är av samma storleksordning som i den förra leveransen.",
    "Ören lästa som kronor, eller tusental som kronor, gör varje siffra hundra eller tusen gånger för stor.",
    _DECIDE,
    severity="hold",
    owner_sv=_OWNER,
)
HIS_003 = Rule(
    "HIS-003",
    "Den som brukar lämna en summa eller ett följeblad gör det.",
    "Summan står sist i filen: saknas den kan filen vara avklippt.",
    _DECIDE,
    severity="hold",
    owner_sv=_OWNER,
)
HIS_004 = Rule(
    "HIS-004",
    "En leverans utan rader tar inte bort rader som står.",
    "Att allt är borttaget är oftast en export som gått fel.",
    _DECIDE,
    severity="hold",
    owner_sv=_OWNER,
)


def _which(facts: DeliveryFacts, before: History) -> str:
    return "den som gäller" if before.is_same_period else f"den för {before.period}"


def _broken(said: str) -> Measured:
    return Measured(1, 1, [Fault("", None, None, None, said, _DECIDE)])


def _rows(facts: DeliveryFacts, before: History) -> Measured:
    now, then, band = facts.rows_loaded, before.rows_loaded, facts.feed.band
    if not now or not then:
        return Measured(0, 0)
    fewest = band.fewest if before.is_same_period else band.fewest_elsewhere
    most = band.most if before.is_same_period else band.most_elsewhere
    is_near = abs(now - then) <= band.floor
    is_within = (fewest is None or now >= then * fewest) and (most is None or now <= then * most)
    if is_near or is_within:
        return Measured(1, 0)
    return _broken(f"{now} rader mot {then} i {_which(facts, before)}; så stor skillnad är ovanlig.")


def _amounts(facts: DeliveryFacts, before: History) -> Measured:
    """The turnover per row: a year that grows has more rows, not greater ones."""
    band = facts.feed.band
    if min(facts.rows_loaded, before.rows_loaded) < band.smallest:
        return Measured(0, 0)
    examined, faults = 0, []
    for name, text in facts.sums.items():
        now = as_ore(text) / facts.rows_loaded
        then = as_ore(before.sums.get(name, "0.00")) / before.rows_loaded
        if not then or not (now or facts.feed.column(name).required):
            continue
        examined += 1
        if not then / band.turnover <= now <= then * band.turnover:
            said = (
                f"I snitt {in_kronor(round(now))} kronor per rad mot {in_kronor(round(then))} i {_which(facts, before)}; "
                "kan beloppen vara i ören, tusental eller miljoner?"
            )
            faults.append(Fault("", None, name, None, said, _DECIDE))
    return Measured(examined, len(faults), faults)


def _proof(facts: DeliveryFacts, before: History) -> Measured:
    if before.completeness != "proven":
        return Measured(0, 0)
    if facts.completeness == "proven":
        return Measured(1, 0)
    which = _which(facts, before)
    return _broken(f"En summa, kontrollsumma eller ett följeblad, som i {which}; den här har inget sådant.")


def _no_rows(facts: DeliveryFacts, before: History) -> Measured:
    if not before.is_same_period or not before.rows_loaded:
        return Measured(0, 0)
    if facts.rows_loaded:
        return Measured(1, 0)
    return _broken(f"Rader som förut: den som gäller har {before.rows_loaded}, den här ingen.")


def _against_history(judged: Callable[[DeliveryFacts, History], Measured]) -> Callable[[TextTable], Measure]:
    def measured(facts: DeliveryFacts) -> Measured:
        return judged(facts, facts.history) if facts.history is not None else Measured(0, 0)

    return lambda _table: OfAccount(measured)


RULES = (
    GateRule(HIS_001, _against_history(_rows)),
    GateRule(HIS_002, _against_history(_amounts)),
    GateRule(HIS_003, _against_history(_proof)),
    GateRule(HIS_004, _against_history(_no_rows)),
)
