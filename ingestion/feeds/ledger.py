"""Ledger: vouchers and opening balances of one fiscal year, as SIE 1-4 or as a table (huvudbok)."""

from ingestion.feed import Band, Column, Feed

FEED = Feed(
    id="ledger",
    title_sv="Huvudbok",
    owner_sv="Den kommun eller byrå som för förbundets bokföring",
    reader="sie",
    schedule="5 1 * * *",
    scope=(),
    scope_all="whole",
    scope_declared=True,
    period="fiscal_year",
    period_else="voucher_date",
    control_column="amount_sek",
    # a year is booked until it is closed, and nothing booked goes away; a year's first days are opening balances
    band=Band(fewest=0.98, most=None, fewest_elsewhere=None, turnover=50.0, smallest=50),
    grain=("fiscal_year", "entry_kind", "voucher_series", "voucher_number", "voucher_row", "row"),
    suffixes=(".se", ".si", ".sie", ".csv", ".txt", ".xlsx", ".xls"),
    description_sv="Helst SIE 4 av hela året hittills. SIE 1–3 (bara saldon) och huvudbok som text eller arbetsbok tas "
    "också emot. Varje ny fil för samma år ersätter den förra; verifikationer ur ett försystem (SIE 4I) väntar på ett "
    "beslut om året redan har en huvudbok. Kostnadsställe (dimension 1) och projekt (6) läses; anställda och kunder "
    "(7, 8) aldrig.",
    columns=(
        Column(
            "entry_kind",
            "code",
            "Slag av rad",
            allowed={
                "opening": ("ingående balans", "IB", "ingående saldo"),
                "transaction": ("transaktion", "verifikation"),
                "period_change": ("periodens förändring", "periodsaldo"),
                "year_change": ("årets förändring",),
            },
            default="transaction",
            description_sv="Ingående balans (#IB), transaktion (#TRANS), eller kontots förändring under en period "
            "(#PSALDO, SIE 2–3) eller ett år (#UB minus #IB, #RES; SIE 1). Tomt betyder transaktion.",
        ),
        Column(
            "fiscal_year",
            "year",
            "Räkenskapsår",
            headers=("År", "Bokföringsår"),
            description_sv="Året räkenskapsåret börjar. Får utelämnas i text och arbetsbok: då gäller "
            "bokföringsdatumets år.",
        ),
        Column("account_code", "text", "Konto", headers=("Kontonummer", "Kontonr", "Kto"), required=True),
        Column(
            "account_name",
            "text",
            "Kontots namn",
            headers=("Benämning", "Kontonamn", "Kontobenämning"),
            description_sv="Tomt om filen inte deklarerar kontot (#KONTO).",
        ),
        Column(
            "amount_sek",
            "amount",
            "Belopp, debet plus och kredit minus",
            headers=("Belopp",),
            description_sv="I text och arbetsbok antingen detta, eller debet och kredit.",
        ),
        Column("debit_sek", "amount", "Debet"),
        Column(
            "credit_sek",
            "amount",
            "Kredit",
            description_sv="Skrivs utan minus; beloppet är debet minus kredit.",
        ),
        Column("voucher_series", "text", "Verifikationsserie", headers=("Serie", "Ver.serie", "Verserie")),
        Column(
            "voucher_number",
            "text",
            "Verifikationsnummer",
            headers=("Vernr", "Ver.nr", "Ver nr", "Verifikationsnr", "Verifikation", "Ver"),
        ),
        Column(
            "voucher_row",
            "integer",
            "Verifikationens rad i filen",
            description_sv="Raden där #VER står; skiljer verifikationer utan nummer åt. Tomt i text och arbetsbok.",
        ),
        Column(
            "voucher_date",
            "date",
            "Bokföringsdatum",
            headers=("Verdatum", "Ver.datum", "Verifikationsdatum", "Datum"),
        ),
        Column(
            "voucher_period", "text", "Period", description_sv="Som filen skriver den; 2031-05 för #PSALDO."
        ),
        Column(
            "voucher_text",
            "text",
            "Verifikationstext",
            headers=("Text", "Vertext", "Ver.text"),
            stays_raw=True,
        ),
        Column("cost_centre_code", "text", "Kostnadsställe", headers=("Ansvar", "Kst", "Kostnadsställekod")),
        Column("activity_code", "text", "Verksamhet", headers=("Verksamhetskod", "Vht")),
        Column("project_code", "text", "Projekt", headers=("Projektkod", "Projektnr", "Proj")),
    ),
)
