"""Ledger: vouchers and opening balances of one fiscal year, as SIE 4."""

from ingestion.feed import Band, Column, Feed

FEED = Feed(
    id="ledger",
    title_sv="Huvudbok",
    owner_sv="Den kommun eller byrå som för förbundets bokföring",
    reader="sie",
    schedule="5 1 * * *",
    scope=(),
    period="declared",
    # a year is booked until it is closed, and nothing booked goes away; a year's first days are opening balances
    band=Band(fewest=0.98, most=None, fewest_elsewhere=None, turnover=50.0, smallest=50),
    grain=("fiscal_year", "entry_kind", "voucher_series", "voucher_number", "voucher_row", "row"),
    suffixes=(".se", ".si", ".sie"),
    description_sv="SIE 4-export av hela året hittills. Varje ny fil för samma år ersätter den förra.",
    columns=(
        Column(
            "entry_kind",
            "code",
            "Slag av rad",
            required=True,
            allowed={"opening": (), "transaction": ()},
            description_sv="Ingående balans (#IB) eller transaktion (#TRANS).",
        ),
        Column("fiscal_year", "year", "Räkenskapsår", required=True),
        Column("account_code", "text", "Konto", required=True),
        Column(
            "account_name",
            "text",
            "Kontots namn",
            description_sv="Tomt om filen inte deklarerar kontot (#KONTO).",
        ),
        Column("amount_sek", "amount", "Belopp, debet plus och kredit minus", required=True),
        Column("voucher_series", "text", "Verifikationsserie"),
        Column("voucher_number", "text", "Verifikationsnummer"),
        Column(
            "voucher_row",
            "integer",
            "Verifikationens rad i filen",
            description_sv="Raden där #VER står; skiljer verifikationer utan nummer åt.",
        ),
        Column("voucher_date", "date", "Bokföringsdatum"),
        Column("voucher_text", "text", "Verifikationstext"),
        Column("cost_centre_code", "text", "Kostnadsställe"),
        Column("project_code", "text", "Projekt"),
    ),
)
