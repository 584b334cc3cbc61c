"""Participant counts: what an initiative without a register tells of its participants. Counts only, never a person."""

from ingestion.feed import NOT_A_NUMBER, Column, Feed, MissingReason

_NO_COUNT: dict[MissingReason, tuple[str, ...]] = {
    **NOT_A_NUMBER,
    "too_few": ("För få", "Färre än 5", "<5", "< 5"),
    "no_outcome": ("Utfall saknas",),
}

FEED = Feed(
    id="participant_counts",
    counts_persons=True,
    title_sv="Deltagarantal",
    owner_sv="Insatsägaren, eller förbundets kansli för alla",
    reader="table",
    schedule="25 1 * * *",
    scope_part="initiative_name",
    scope_register="initiatives",
    period="reported_period",
    grain=("initiative_name", "reported_period", "sex", "measure", "exit_result"),
    description_sv="För insatser som bara lämnar antal och inget register: en fil per insats och period, eller en från kansliet "
    "för alla. Finns insatsen i deltagarregistret samma år räknas registret, och antalen står bredvid.",
    columns=(
        Column("initiative_name", "text", "Insats", ("Insats", "Projekt", "Insatsens namn"), required=True),
        Column(
            "reported_period",
            "period",
            "Period",
            ("Period", "År", "Halvår", "Tertial", "Kvartal", "Månad", "Avser", "Avser period"),
            required=True,
            description_sv="Till exempel 2024, 2024-H1 eller 2024-kv3. En period per fil.",
        ),
        Column(
            "sex",
            "code",
            "Kön",
            ("Kön",),
            default="all",
            allowed={
                "female": ("kvinna", "kvinnor", "k", "kv.", "kv", "flicka", "flickor"),
                "male": ("man", "män", "m", "pojke", "pojkar"),
                "unknown": ("okänt", "okänd", "uppgift saknas", "annat"),
                "all": ("alla", "totalt", "båda", "samtliga", "ej uppdelat"),
            },
            description_sv="Alla där antalet inte är uppdelat. Står både alla och uppdelningen räknas uppdelningen.",
        ),
        Column(
            "measure",
            "code",
            "Mått",
            ("Mått", "Uppgift", "Vad"),
            required=True,
            allowed={
                "participants": ("deltagare", "antal deltagare", "alla deltagare", "inskrivna", "deltagande"),
                "new": ("nya", "varav nya", "nya deltagare", "nyinskrivna", "påbörjade"),
                "ended": ("avslutade", "avslut", "varav avslutade", "avslutade deltagare"),
                "remaining": ("kvar", "kvarvarande", "pågående", "kvar vid periodens slut"),
            },
            description_sv="Deltagare är alla som deltagit under perioden, nya är en del av dem.",
        ),
        Column(
            "exit_result",
            "text",
            "Avslut till",
            ("Avslut till", "Resultat", "Avslutsresultat"),
            description_sv="För avslutade: vart de gick, tolkat med kodlistan över avslut. Tomt för alla avslutade.",
        ),
        Column(
            "reported_count",
            "integer",
            "Antal",
            ("Antal", "Antal personer", "Antal deltagare"),
            required=True,
            missing=_NO_COUNT,
        ),
        Column(
            "counted_as",
            "code",
            "Räknat som",
            ("Räknat som", "Räknas som"),
            default="not_stated",
            allowed={
                "participations": ("deltaganden", "deltagande"),
                "persons": ("personer", "individer", "unika individer"),
                "cases": ("ärenden", "individärenden"),
                "not_stated": ("ej angivet",),
            },
            description_sv="Om en person som kommer tillbaka räknas en eller två gånger.",
        ),
    ),
)
