"""Participants: one row per spell in an initiative. The person's number becomes a pseudonym before anything is written."""

from ingestion.feed import NOT_KNOWN, NOT_STATED, Band, Column, Feed


def _yes_or_no(name: str, label_sv: str, *more_headers: str) -> Column:
    """What the register itself says of self-support; blank is no answer, and a no is one."""
    return Column(
        name,
        "flag",
        label_sv,
        (label_sv, *more_headers),
        description_sv="Ja eller nej, så som den som följer upp har bedömt det; tomt om ingen har frågat.",
        missing=NOT_KNOWN,
    )


def _occupation_then(name: str, label_sv: str) -> Column:
    return Column(
        name,
        "text",
        label_sv,
        (label_sv,),
        description_sv="Uppföljning efter avslutet; flera går bra, åtskilda med |; tolkas med kodlistan occupation.",
    )


FEED = Feed(
    id="participants",
    title_sv="Deltagare",
    owner_sv="Insatsägaren eller förbundets kansli",
    reader="table",
    schedule="25 1 * * *",
    scope_part="initiative_name",
    scope_register="initiatives",
    period="file_name",
    band=Band(most=None, fewest_elsewhere=None),  # a year's register grows until the year ends
    on_bad_row="quarantine",
    quarantine_ceiling=0.05,
    grain=("initiative_name", "person_key", "start_date"),
    description_sv="Hela årets register för en insats eller för alla, en rad per deltagande (in och ut) i en insats. "
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
            has_happened=True,
        ),
        Column(
            "end_date",
            "date",
            "Avslutad",
            ("Slut", "Avslut", "Avslutad", "Avslutsdatum", "Slutdatum", "Utskriven"),
            missing=NOT_STATED,
            has_happened=True,
        ),
        Column(
            "exit_result",
            "text",
            "Avslut till",
            ("Avslut till", "Resultat", "Avslutsresultat"),
            description_sv="Vart deltagaren gick; tolkas med kodlistan över avslut.",
        ),
        Column(
            "exit_reason",
            "text",
            "Avslutsorsak",
            ("Avslutsorsak", "Orsak till avslut"),
            description_sv="Varför deltagandet slutade; tolkas med kodlistan exit_reason. Många skriver resultat och orsak i "
            "en enda kolumn: står inget resultat läses det ur orsaken.",
        ),
        Column(
            "birth_year",
            "year",
            "Födelseår",
            ("Födelseår",),
            description_sv="Jämförs med insatsens målgrupp och visas aldrig.",
            missing=NOT_KNOWN,
            stays_unseen=True,
        ),
        Column(
            "age_at_start",
            "integer",
            "Ålder vid inskrivningen",
            ("Ålder", "Ålder vid inskrivning", "Ålder vid start"),
            description_sv="Där födelseåret inte lämnas. Jämförs med insatsens målgrupp och visas aldrig.",
            missing=NOT_KNOWN,
            stays_unseen=True,
        ),
        Column(
            "is_anonymous",
            "flag",
            "Anonym",
            ("Anonym",),
            default="false",
            description_sv="Ja också för den som har skyddade personuppgifter.",
        ),
        Column(
            "municipality_code",
            "municipality",
            "Kommun",
            ("Kommun", "Kommunkod", "Hemkommun", "Bostadskommun"),
            description_sv="Namn eller fyra siffror; tomt för den som är anonym.",
            missing=NOT_KNOWN,
        ),
        Column(
            "referrer",
            "text",
            "Remittent",
            ("Remittent", "Remitterande myndighet", "Anvisad av", "Anvisande"),
            description_sv="Vem som sände personen; tolkas med kodlistan referrer.",
        ),
        Column(
            "education",
            "text",
            "Utbildningsnivå",
            ("Utbildningsnivå", "Utbildning"),
            description_sv="Tolkas med kodlistan education.",
            missing={"unknown": ("Data saknas",)},
        ),
        Column(
            "time_in_support",
            "text",
            "Tid i offentlig försörjning",
            ("Tid i offentlig försörjning", "Tid i försörjning"),
            description_sv="Till exempel Upp till 2 år; tolkas med kodlistan time_in_support.",
            missing=NOT_STATED,
        ),
        Column(
            "support_before",
            "text",
            "Försörjning före",
            ("Försörjning före", "Försörjning vid start", "Försörjning före insats"),
            description_sv="Flera går bra, åtskilda med |; tolkas med kodlistan support.",
        ),
        Column(
            "support_after",
            "text",
            "Försörjning efter",
            ("Försörjning efter", "Försörjning vid avslut", "Försörjning efter insats"),
            description_sv="Flera går bra, åtskilda med |; tolkas med kodlistan support.",
        ),
        Column(
            "occupation_before",
            "text",
            "Sysselsättning före",
            ("Sysselsättning före", "Sysselsättning vid start", "Sysselsättning före insats"),
            description_sv="Flera går bra, åtskilda med |; tolkas med kodlistan occupation.",
        ),
        Column(
            "occupation_after",
            "text",
            "Sysselsättning efter",
            ("Sysselsättning efter", "Sysselsättning vid avslut", "Sysselsättning efter insats"),
            description_sv="Flera går bra, åtskilda med |; tolkas med kodlistan occupation.",
        ),
        Column(
            "occupation_extent_share",
            "share",
            "Sysselsättningens omfattning",
            ("Omfattning",),
            missing=NOT_KNOWN,
        ),
        Column(
            "occupation_extent_before_share",
            "share",
            "Omfattning före",
            ("Omfattning före", "Omfattning vid start", "Omfattning före insats"),
            missing=NOT_KNOWN,
        ),
        Column(
            "occupation_extent_after_share",
            "share",
            "Omfattning efter",
            ("Omfattning efter", "Omfattning vid avslut", "Omfattning efter insats"),
            missing=NOT_KNOWN,
        ),
        _yes_or_no(
            "is_self_supporting", "Egen försörjning vid avslut", "Egen försörjning", "Självförsörjande"
        ),
        _yes_or_no("is_self_supporting_3_months", "Egen försörjning efter 3 månader"),
        _yes_or_no("is_self_supporting_6_months", "Egen försörjning efter 6 månader"),
        _occupation_then("occupation_3_months", "Sysselsättning efter 3 månader"),
        _occupation_then("occupation_6_months", "Sysselsättning efter 6 månader"),
        Column(
            "consent_date",
            "date",
            "Samtycke",
            ("Samtycke", "Samtyckesdatum", "Samtycke datum"),
            description_sv="Dagen personen gick med på att uppgifterna registreras.",
            missing=NOT_STATED,
            has_happened=True,
        ),
        Column(
            "consent_withdrawn_date",
            "date",
            "Samtycke återkallat",
            ("Samtycke återkallat", "Återkallat samtycke"),
            description_sv="Den som tagit tillbaka sitt samtycke räknas som anonym.",
            missing=NOT_STATED,
            has_happened=True,
            withdraws_consent=True,
        ),
    ),
)
