"""Cards of what publication itself says beside the figures. Nothing examines them: a person decided."""

from expectations.rule import Rule

RETURNED = Rule(
    "PUB-001",
    "Siffrorna är återställda till en äldre publicering.",
    "En person har funnit att de nyare siffrorna inte ska visas; skälet står bredvid dem.",
    "De nyare visas när underlaget ändras, eller när återställningen hävs med `finsam release`.",
    severity="finding",
    scope="build",
    owner_sv="Den som beslutade om återställningen",
)
RULES = (RETURNED,)
