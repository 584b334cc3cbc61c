"""Member fees: what the members shall pay, were invoiced and have paid."""

from ingestion.feed import UNITS, Column, Feed

FEED = Feed(
    id="member_fees",
    title_sv="Medlemsavgifter",
    owner_sv="Förbundets kansli eller den som sköter ekonomin",
    reader="table",
    schedule="15 1 * * *",
    scope=("fee_event", "fee_version"),
    period="fiscal_year",
    control_column="amount_sek",
    grain=("fiscal_year", "member_name", "fee_kind", "fee_event", "fee_version", "invoice_number"),
    description_sv="En fil per år, händelse (beslutad, fakturerad, betald) och version. En rad per medlem och slag av avgift.",
    columns=(
        Column(
            "member_name",
            "text",
            "Medlem",
            ("Medlem", "Medlemmar", "Part", "Huvudman", "Organisation"),
            required=True,
            description_sv="Medlemmens namn så som förbundet skriver det; tolkas med medlemsregistret.",
        ),
        Column(
            "fiscal_year",
            "year",
            "År",
            ("År", "Avser år", "Avgiftsår", "Avser", "Budgetår"),
            required=True,
            description_sv="Det år avgiften avser.",
        ),
        Column(
            "amount_sek",
            "amount",
            "Belopp i kronor",
            ("Belopp", "Belopp kr", "Belopp (kr)", "Medlemsavgift", "Bidrag", "Driftbidrag", "Avgift"),
            required=True,
            description_sv="Kronor om inte enheten säger annat.",
        ),
        Column("unit", "code", "Enhet", ("Enhet",), default="kr", allowed=UNITS),
        Column(
            "fee_event",
            "code",
            "Händelse",
            ("Status", "Händelse"),
            default="decided",
            allowed={
                "decided": ("beslutad", "beslutat", "beslut"),
                "invoiced": ("fakturerad", "fakturerat"),
                "paid": ("betald", "betalt", "inbetald"),
            },
            description_sv="Beslutad, fakturerad eller betald.",
        ),
        Column(
            "fee_kind",
            "code",
            "Slag av avgift",
            ("Avgiftstyp", "Typ", "Slag"),
            default="ordinary",
            allowed={
                "ordinary": ("ordinarie",),
                "extra": ("extra", "extra tilldelning", "tillfällig"),
                "other": ("övrigt", "utanför fördelningen"),
            },
            description_sv="Ordinarie, extra (fördelas som ordinarie) eller övrigt (utanför fördelningsregeln).",
        ),
        Column(
            "fee_version",
            "code",
            "Version",
            ("Version",),
            default="final",
            allowed={"final": ("fastställd", "slutlig"), "preliminary": ("preliminär",)},
            description_sv="Preliminär eller fastställd.",
        ),
        Column(
            "member_code",
            "text",
            "Kommunkod eller organisationsnummer",
            ("Kommunkod", "Orgnr", "Organisationsnummer"),
        ),
        Column(
            "population_count", "integer", "Folkmängd", ("Folkmängd", "Befolkning", "Arbetsför befolkning")
        ),
        Column("population_date", "date", "Folkmängd per", ("Folkmängd per", "Befolkning per", "Per datum")),
        Column("invoice_number", "text", "Fakturanummer", ("Fakturanr", "Fakturanummer")),
        Column("due_date", "date", "Förfallodag", ("Förfaller", "Förfallodag", "Förfallodatum")),
        Column("paid_date", "date", "Betald den", ("Betald", "Betaldatum", "Betald den")),
    ),
)
