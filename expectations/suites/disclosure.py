"""What must hold of the counts that everybody may read: no one can be recognised. Evidence of it is left by every build."""

from __future__ import annotations

from expectations.rule import Rule

_KEEPER = "Den som förvaltar lagret"

ATTACK_FINDS_NOTHING = Rule(
    "DSC-001",
    "Inget dolt antal går att räkna fram ur det som visas tillsammans.",
    "Den som kan räkna fram ett antal på en till fyra personer kan känna igen dem.",
    "Evidensen nämner förbundet: se vilka tabeller som ändrats utan att skyddet gjorts om, och bygg igen.",
    scope="build",
    owner_sv=_KEEPER,
)
RELATIONS_HOLD = Rule(
    "DSC-006",
    "De exakta antalen hänger ihop så som skyddet räknar med.",
    "Skyddet döljer så mycket som krävs av sambanden. Stämmer de inte har det skyddat mot fel sak.",
    "Jämför int_outcome_relations med int_outcome_cells för förbundet: rätta sambandet eller antalet.",
    scope="build",
    owner_sv=_KEEPER,
)
RELEASE_CAN_BE_PROTECTED = Rule(
    "DSC-008",
    "De nya antal som skulle visas för alla läsare gick att skydda.",
    "Kan ett litet antal räknas fram vad som än döljs, visas inget av det nya: läsarna ser den förra utgåvan, eller ingen.",
    "Slå samman koder (docs/protected_figures.md), eller välj en längre period (disclosure_period) i rules.csv. "
    "De exakta antalen finns i marts_internal.",
    severity="finding",
    scope="build",
    owner_sv="Förbundets kansli",
)
DISCLOSURE_RULES = (ATTACK_FINDS_NOTHING, RELATIONS_HOLD, RELEASE_CAN_BE_PROTECTED)
