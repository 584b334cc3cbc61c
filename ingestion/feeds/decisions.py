"""Decisions: what the board granted or refused, for which initiative, period and ceiling."""

from ingestion.feed import NOT_STATED, UNITS, Column, Feed

FEED = Feed(
    id="decisions",
    title_sv="Beslut",
    owner_sv="Förbundets kansli",
    reader="table",
    schedule="40 1 * * *",
    scope_part="decision_date",
    period="decision_date",
    control_column="amount_sek",
    grain=("decision_code", "initiative_name", "party_name", "fiscal_year", "from_date"),
    description_sv="En fil per sammanträde, eller en för hela året. En rad per beslut, part och år.",
    columns=(
        Column(
            "decision_code",
            "text",
            "Beslutets nummer",
            ("Dnr", "Diarienummer", "Beslut", "Paragraf", "§"),
            required=True,
        ),
        Column("decision_date", "date", "Beslutsdatum", ("Beslutsdatum", "Datum"), required=True),
        Column("initiative_name", "text", "Insats", ("Insats", "Projekt", "Insatsens namn"), required=True),
        Column("party_name", "text", "Insatsägare", ("Insatsägare", "Part")),
        Column(
            "decision_kind",
            "code",
            "Utfall",
            ("Utfall", "Beslut om ansökan"),
            default="granted",
            allowed={"granted": ("bifall", "beviljad", "beviljat"), "rejected": ("avslag", "avslagen")},
        ),
        Column(
            "application_code",
            "text",
            "Ansökan",
            ("Ansökan", "Ansökningsnr", "Ansökans dnr"),
            description_sv="Den ansökan som avgörs; utan den avgörs alla insatsens ansökningar gjorda dittills.",
        ),
        Column(
            "fiscal_year",
            "year",
            "År",
            ("År", "Budgetår", "Avser år"),
            description_sv="Året beloppet gäller; annars det år perioden börjar.",
        ),
        Column(
            "amount_sek",
            "amount",
            "Högsta belopp",
            ("Maximalt belopp", "Maximalt", "Högsta belopp", "Beviljat", "Beviljat belopp", "Belopp"),
            default="0.00",
            description_sv="Taket för det som får rekvireras. Noll för avslag och för förlängning utan nya pengar.",
        ),
        Column("unit", "code", "Enhet", ("Enhet",), default="kr", allowed=UNITS),
        Column("from_date", "date", "Från", ("Från", "Från och med", "Period från"), missing=NOT_STATED),
        Column("to_date", "date", "Till", ("Till", "Till och med", "Period till"), missing=NOT_STATED),
        Column("has_option", "flag", "Option på förlängning", ("Option", "Option på förlängning")),
        Column("conditions", "text", "Villkor", ("Villkor",)),
    ),
)
