"""Rules on the manifest beside a file: can it be read, and does the file bear out what it says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from expectations.rule import DeliveryFacts, GateRule, Measured, OfAccount, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

_BOTH = "Se efter om filen är hel och följebladet dess eget, och lämna båda på nytt."
_READABLE = Rule(
    "MAN-001",
    "Följebladet går att läsa och säger något som kan kontrolleras.",
    "Ett följeblad som inte förstås bevisar inget; att läsa filen ändå vore att gissa att det stämde.",
    "Rätta följebladet och lämna det igen bredvid filen.",
)
_AWAITED = Rule(
    "MAN-008",
    "Följebladet har kommit, där förbundet har sagt att det alltid lämnar ett.",
    "Utan följebladet går det inte att veta att filen är hel, och avsändaren har lovat att det ska gå.",
    "Lämna följebladet bredvid filen, eller ändra i delivery_terms.csv att förbundet inte lämnar något.",
)
_CLAIMS = (
    Rule(
        "MAN-002",
        "Filen har så många rader som följebladet säger.",
        "En avklippt eller dubblerad fil ser annars ut som en hel.",
        _BOTH,
    ),
    Rule(
        "MAN-003",
        "Filens belopp summeras till följebladets summa, på öret.",
        "En summa som inte stämmer visar att en rad saknas, är dubbel eller fel.",
        _BOTH,
    ),
    Rule(
        "MAN-004",
        "Filen har den SHA-256-summa som följebladet säger.",
        "Är inte alla byte desamma har filen ändrats eller klippts av på vägen.",
        "Lämna filen igen utan att öppna och spara om den.",
    ),
    Rule(
        "MAN-005",
        "Följebladet och filen gäller samma period och omfattning.",
        "Annars hör följebladet till en annan fil, eller så ersätts fel leverans.",
        "Se efter att följebladet hör till just den här filen, och rätta det.",
    ),
    Rule(
        "MAN-006",
        "Filen är inte framställd efter den dag den togs emot.",
        "Dagen avgör vilken version som är nyast; en framtida dag skulle stänga ute varje senare rättelse.",
        "Rätta dagen i följebladet, eller klockan i den dator som gör det.",
    ),
    Rule(
        "MAN-007",
        "En nolleverans är undertecknad, säger vad den gäller och har inga rader.",
        "Att inget finns att lämna är en uppgift som någon står för, aldrig något som gissas av en tom fil.",
        "Fyll i vem som undertecknar, period och omfattning, eller lämna filen utan nolleverans.",
    ),
)


def _is_read(facts: DeliveryFacts) -> Measured:
    return Measured(int(facts.claims is not None), 0)


def _is_awaited(_facts: DeliveryFacts) -> Measured:
    """Asked by the intake alone, which refuses what has waited too long without being read."""
    return Measured(0, 0)


def _is_borne_out(rule_id: str, facts: DeliveryFacts) -> Measured:
    claims = [claim for claim in facts.claims or () if claim.rule_id == rule_id]
    faults = [claim.fault for claim in claims if claim.fault]
    return Measured(len(claims), len(faults), faults)


def _rule(card: Rule, measured: Callable[[DeliveryFacts], Measured]) -> GateRule:
    return GateRule(card, lambda _table: OfAccount(measured))


RULES = (
    _rule(_READABLE, _is_read),
    *(_rule(card, partial(_is_borne_out, card.id)) for card in _CLAIMS),
    _rule(_AWAITED, _is_awaited),
)
