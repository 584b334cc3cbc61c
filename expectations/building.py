"""Cards of the rules that hold for every build and stand in no dbt test: our own machinery leaves their evidence."""

from expectations.rule import Rule
from expectations.suites.marts import MART_RULES

_KEEPER = "Den som förvaltar lagret"

MODELS_ARE_BUILT = Rule(
    "BLD-001",
    "Varje modell i bygget blev klar.",
    "En tabell som saknas eller är från ett tidigare bygge skulle ge siffror som inte hör ihop.",
    "Läs byggets logg, rätta modellen och bygg igen.",
    scope="build",
    owner_sv=_KEEPER,
)
CELLS_RECOMPUTE = Rule(
    "REC-100",
    "Varje cell går att räkna om från sina rader.",
    "En siffra som inte följer av sina underlag kan ingen förklara eller lita på.",
    "Evidensen nämner mart och kolumn: jämför modellens SQL med kolumnens härkomst (lineage) i kontraktet.",
    scope="build",
    owner_sv=_KEEPER,
)
FIGURES_FOLLOW_INPUT = Rule(
    "BLD-002",
    "Publicerade siffror ändras bara när underlaget gör det.",
    "Ändras en siffra fast inget underlag gjorde det är det koden som gett den: rätt eller fel, men något annat än förut.",
    "Anmärkningen nämner kodens versioner. Läs vad som ändrats i koden, och säg det till den som läser siffrorna.",
    severity="finding",
    scope="build",
    owner_sv=_KEEPER,
)
RULES = (MODELS_ARE_BUILT, CELLS_RECOMPUTE, FIGURES_FOLLOW_INPUT, *(one.rule for one in MART_RULES))
PER_MART = frozenset({CELLS_RECOMPUTE.id, *(one.rule.id for one in MART_RULES)})
"""Rules that leave evidence for each mart."""
MUST_EXAMINE = frozenset({MODELS_ARE_BUILT.id})
"""Rules that stop publication when they had nothing to look at. An association may have no cells left."""
