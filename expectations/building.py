"""Cards of the rules that hold for every build and stand in no dbt test: our own machinery leaves their evidence."""

from expectations.rule import Rule
from expectations.suites.disclosure import DISCLOSURE_RULES
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
SAME_INPUTS_SAME_FIGURES = Rule(
    "BLD-003",
    "Samma underlag, modeller och regler ger samma siffror som publicerats.",
    "Nattens bygge tar bara det som ändrats. Ger hela bygget något annat har det ena eller det andra fel siffror.",
    "Evidensen nämner mart och förbund: se vilka rader som skiljer, rätta modellen och bygg igen.",
    scope="build",
    owner_sv=_KEEPER,
)
MISSING_PROCEEDS = Rule(
    "DLV-011",
    "Allt som skulle ha lämnats har kommit.",
    "Siffror utan en väntad leverans ser hela ut men är det inte.",
    "Be avsändaren om filen; marts.expected_delivery säger vilken och när den skulle ha kommit. Kommer den aldrig, eller en "
    "annan dag: ändra i delivery_terms.csv.",
    severity="finding",
    scope="build",
)
MISSING_HOLDS = Rule(
    "DLV-012",
    "Allt som förbundets siffror ska vänta på har kommit.",
    "Förbundet har bett att inget nytt publiceras förrän just den leveransen är här.",
    "Be avsändaren om filen; marts.expected_delivery säger vilken. Ska siffrorna gå ut ändå: skriv fortsätt i "
    "delivery_terms.csv.",
    scope="build",
)
RULES = (
    MODELS_ARE_BUILT,
    CELLS_RECOMPUTE,
    FIGURES_FOLLOW_INPUT,
    MISSING_PROCEEDS,
    MISSING_HOLDS,
    *DISCLOSURE_RULES,
    *(one.rule for one in MART_RULES),
)
OCCASIONAL = (SAME_INPUTS_SAME_FIGURES,)
"""Rules that only some builds ask: a full build, and one of a past night's inputs. Publication does not wait for them."""
PER_MART = frozenset({CELLS_RECOMPUTE.id, *(one.rule.id for one in MART_RULES)})
"""Rules that leave evidence for each mart."""
MUST_EXAMINE = frozenset({MODELS_ARE_BUILT.id})
"""Rules that stop publication when they had nothing to look at. An association may have no cells left."""
