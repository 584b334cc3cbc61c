"""Budgets, forecasts and plans: what was decided or believed, by line, year and initiative."""

from ingestion.feed import UNITS, Column, Feed

FEED = Feed(
    id="budgets",
    title_sv="Budgetar och prognoser",
    owner_sv="Förbundets chef eller ekonomiansvarig",
    reader="table",
    schedule="35 1 * * *",
    scope=("version_kind", "made_date", "document"),
    control_column="amount_sek",
    grain=(
        "line_name",
        "initiative_name",
        "party_name",
        "fiscal_year",
        "version_kind",
        "made_date",
        "document",
        "decision_state",
    ),
    description_sv="En fil per handling: slag av version och dag den upprättades. Den får rymma flera år. Intäkter och "
    "kostnader skrivs båda som plus. Ingående överskott är en rad bland de andra.",
    columns=(
        Column(
            "line_name",
            "text",
            "Post",
            ("Post", "Budgetpost", "Rad", "Kostnadsslag"),
            required=True,
            description_sv="Raden så som förbundet skriver den; tolkas med raderna i räkningen budget.",
        ),
        Column("fiscal_year", "year", "År", ("År", "Budgetår", "Avser år"), required=True),
        Column(
            "amount_sek",
            "amount",
            "Belopp",
            ("Belopp", "Belopp kr", "Belopp (kr)"),
            required=True,
            description_sv="Kronor om inte enheten säger annat.",
        ),
        Column("unit", "code", "Enhet", ("Enhet",), default="kr", allowed=UNITS),
        Column(
            "version_kind",
            "code",
            "Version",
            ("Version", "Slag av budget", "Budgetversion"),
            required=True,
            allowed={
                "budget": ("budget", "beslutad budget"),
                "revised_budget": ("reviderad budget", "justerad budget", "aktuell budget"),
                "forecast": ("prognos", "aktuell prognos", "helårsprognos"),
                "plan": ("plan", "verksamhetsplan"),
                "actual": ("utfall", "bokslut"),
            },
        ),
        Column(
            "made_date",
            "date",
            "Upprättad",
            ("Upprättad", "Upprättad den", "Datum", "Per", "Per datum"),
            required=True,
            description_sv="Dagen handlingen upprättades eller beslutades; skiljer vårens prognos från höstens.",
        ),
        Column(
            "document",
            "text",
            "Handling",
            ("Handling", "Dokument"),
            description_sv="Behövs bara om två handlingar av samma slag har samma dag.",
        ),
        Column("initiative_name", "text", "Insats", ("Insats", "Projekt", "Insatsens namn")),
        Column("party_name", "text", "Insatsägare", ("Insatsägare", "Part", "Finansiär")),
        Column(
            "decision_state",
            "code",
            "Beslutsläge",
            ("Beslutsläge", "Beslut"),
            default="decided",
            allowed={
                "decided": ("beslutad", "beviljad", "befintlig"),
                "undecided": ("ej beslutad", "ej beviljad", "ny"),
            },
        ),
        Column("note", "text", "Anmärkning", ("Anmärkning", "Kommentar"), stays_raw=True),
    ),
)
