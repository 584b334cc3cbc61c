"""Project costs: what the owners claim for a quarter, or the office's list of all claims."""

from ingestion.feed import NOT_A_NUMBER, NOT_STATED, UNITS, Column, Feed

FEED = Feed(
    id="project_costs",
    title_sv="Rekvisitioner",
    owner_sv="Insatsägaren, eller förbundets kansli för alla",
    reader="table",
    schedule="50 1 * * *",
    scope_part="party_name",
    scope_all="office",
    scope_register="members",
    period="quarter",
    made_date="claim_date",
    control_column="amount_sek",
    grain=(
        "claim_number",
        "initiative_name",
        "party_name",
        "quarter",
        "cost_category",
        "post_name",
        "post_from_date",
    ),
    description_sv="En fil per insatsägare och kvartal, eller en från kansliet för alla. Kvartalet är det kostnaden gäller, "
    "inte det då den rekvireras.",
    columns=(
        Column("claim_number", "text", "Rekvisitionsnummer", ("Rekvisitionsnr", "Rekvisition", "Fakturanr")),
        Column("claim_date", "date", "Rekvisitionsdatum", ("Rekvisitionsdatum", "Datum"), required=True),
        Column(
            "quarter",
            "quarter",
            "Kvartal",
            ("Kvartal", "Avser", "Avser kvartal", "Avser tid"),
            required=True,
            description_sv="Till exempel 2026-kv1, kv 1 2026 eller 2026-Q1.",
        ),
        Column("initiative_name", "text", "Insats", ("Insats", "Projekt", "Insatsens namn"), required=True),
        Column("party_name", "text", "Insatsägare", ("Insatsägare", "Part"), required=True),
        Column("cost_category", "text", "Kostnadsslag", ("Kostnadsslag",)),
        Column("post_name", "text", "Tjänst", ("Tjänst", "Befattning")),
        Column("fte_share", "share", "Tjänstegrad", ("Tjänstegrad", "Omfattning", "%"), missing=NOT_A_NUMBER),
        Column("post_from_date", "date", "Tjänst från", ("Tjänst från", "Från"), missing=NOT_STATED),
        Column("post_to_date", "date", "Tjänst till", ("Tjänst till", "Till"), missing=NOT_STATED),
        Column(
            "amount_sek",
            "amount",
            "Att rekvirera",
            ("Att rekvirera", "Rekvirerat", "Upparbetat", "Belopp"),
            required=True,
        ),
        Column(
            "own_financing_sek",
            "amount",
            "Egenfinansiering",
            ("Egenfinansiering", "Egen finansiering", "Medfinansiering"),
            default="0.00",
            missing=NOT_A_NUMBER,
        ),
        Column("vat_sek", "amount", "Moms", ("Moms",), default="0.00"),
        Column("unit", "code", "Enhet", ("Enhet",), default="kr", allowed=UNITS),
    ),
)
