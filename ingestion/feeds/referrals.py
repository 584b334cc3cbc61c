"""Referrals: how many each sender sent where, week by week. Counts only, never a person."""

from ingestion.feed import NOT_A_NUMBER, Band, Column, Feed, MissingReason

_NO_COUNT: dict[MissingReason, tuple[str, ...]] = {
    **NOT_A_NUMBER,
    "too_few": ("För få", "Färre än 5", "<5", "< 5"),
}

FEED = Feed(
    id="referrals",
    counts_persons=True,
    title_sv="Remisser och anvisningar",
    owner_sv="Den som tar emot remisserna, eller förbundets kansli",
    reader="table",
    schedule="25 1 * * *",
    scope_part="reported_period",
    period="file_name",
    band=Band(most=None, fewest_elsewhere=None),  # a year's list grows until the year ends
    grain=("reported_period", "referrer", "destination", "sex"),
    description_sv="Antal remisser per vecka, avsändare och mottagare: årets hela lista hittills, eller en fil per vecka. "
    "Året står i filens namn, till exempel remisser_2024.csv. En lista med flera veckor ersätter årets förra lista; "
    "ligger det redan filer för enskilda veckor väntar den på en person, så att ingen remiss räknas två gånger.",
    columns=(
        Column(
            "reported_period",
            "period",
            "Vecka",
            ("Vecka", "Period", "Månad", "Avser", "Avser period"),
            required=True,
            description_sv="Till exempel v. 12 2024 eller 2024-v12; månad, kvartal, halvår och år går också bra.",
        ),
        Column(
            "referrer",
            "text",
            "Avsändare",
            ("Avsändare", "Remittent", "Remitterande myndighet", "Anvisad av", "Anvisande", "Från"),
            required=True,
            description_sv="Vem som sände; tolkas med kodlistan referrer.",
        ),
        Column(
            "destination",
            "text",
            "Mottagare",
            ("Mottagare", "Insats", "Remitterad till", "Anvisad till", "Till"),
            required=True,
            description_sv="Insatsen dit remissen gick; en mottagare som inte är en insats tolkas med kodlistan "
            "referral_destination.",
        ),
        Column(
            "sex",
            "code",
            "Kön",
            ("Kön",),
            default="unknown",
            allowed={
                "female": ("kvinna", "kvinnor", "k", "kv.", "kv", "flicka", "flickor"),
                "male": ("man", "män", "m", "pojke", "pojkar"),
                "unknown": ("okänt", "okänd", "uppgift saknas", "annat", "alla", "ej uppdelat"),
            },
            description_sv="Utan kolumnen räknas remisserna under okänt kön.",
        ),
        Column(
            "referral_count",
            "integer",
            "Antal remisser",
            ("Antal", "Antal remisser", "Remisser", "Antal anvisningar", "Anvisningar", "Inkomna"),
            required=True,
            missing=_NO_COUNT,
        ),
        Column(
            "accepted_count",
            "integer",
            "varav antagna",
            ("Antagna", "varav antagna", "Antal antagna", "Mottagna", "Påbörjade"),
            missing=_NO_COUNT,
        ),
    ),
)
