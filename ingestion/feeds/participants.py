"""Participants: one row per spell in an initiative. The person's number becomes a pseudonym before anything is written."""

from ingestion.feed import Column, Feed

FEED = Feed(
    id="participants",
    title_sv="Deltagare",
    owner_sv="Insatsägaren eller förbundets kansli",
    reader="table",
    schedule="25 1 * * *",
    scope=(),
    period="file_name",
    on_bad_row="quarantine",
    quarantine_ceiling=0.05,
    grain=("initiative_name", "person_key", "start_date"),
    description_sv="Hela årets register, en rad per deltagande (in och ut) i en insats. "
    "Året står i filens namn, till exempel deltagare_2017.csv.",
    columns=(
        Column(
            "person_key",
            "person_key",
            "Personnummer eller löpnummer",
            ("Personnummer", "Pnr", "Samordningsnummer", "Samordningsnr", "Löpnr", "Löpnummer"),
            required=True,
            description_sv="Blir en nycklad pseudonym innan något sparas. För anonyma deltagare: ett löpnummer.",
        ),
        Column("initiative_name", "text", "Insats", ("Insats", "Projekt", "Insatsens namn"), required=True),
        Column(
            "sex",
            "code",
            "Kön",
            ("Kön",),
            required=True,
            allowed={
                "female": ("kvinna", "k", "kv.", "kv", "flicka"),
                "male": ("man", "m", "pojke"),
                "unknown": ("okänt", "okänd", "uppgift saknas", "annat"),
            },
        ),
        Column(
            "start_date",
            "date",
            "Inskriven",
            ("Start", "Inskriven", "Inskrivningsdatum", "Startdatum", "Inregistrerad"),
            required=True,
        ),
        Column(
            "end_date",
            "date",
            "Avslutad",
            ("Slut", "Avslut", "Avslutad", "Avslutsdatum", "Slutdatum", "Utskriven"),
        ),
        Column(
            "exit_result",
            "text",
            "Avslut till",
            ("Avslut till", "Resultat", "Avslutsresultat", "Avslutsorsak"),
            description_sv="Vart deltagaren gick; tolkas med kodlistan över avslut.",
        ),
        Column("birth_year", "year", "Födelseår", ("Födelseår",)),
        Column("is_anonymous", "flag", "Anonym", ("Anonym",), default="false"),
    ),
)
