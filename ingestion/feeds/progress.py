"""Progress towards work: what participants and caseworkers answer at each measurement, and steps on a ladder."""

from ingestion.feed import Band, Column, Feed

INDICATORS = (
    ("job_belief", "Tro på att få ett jobb", ("Individens tro på att få ett jobb", "Tro på jobb")),
    ("labour_market_knowledge", "Kunskap om arbetsmarknaden", ("Arbetsmarknadskunskap",)),
    ("goal_orientation", "Målmedvetenhet", ("Målinriktning",)),
    ("cooperation", "Samarbetsförmåga", ("Samarbete",)),
    ("everyday_life", "Hantering av vardagen", ("Vardagen",)),
    ("health", "Hälsa och hantering av hälsan", ("Hälsa",)),
    ("job_search", "Jobbsökningsbeteende", ("Jobbsökning", "Jobbsökarbeteende")),
)
"""The seven indicators forms print as columns of their own: code, label and what else they are called."""

FEED = Feed(
    id="progress",
    title_sv="Stegförflyttningar",
    owner_sv="Insatsägaren eller förbundets kansli",
    reader="table",
    schedule="35 1 * * *",
    scope_part="initiative_name",
    scope_register="initiatives",
    period="file_name",
    band=Band(most=None, fewest_elsewhere=None),  # a year's measurements grow until the year ends
    on_bad_row="quarantine",
    quarantine_ceiling=0.05,
    grain=("initiative_name", "person_key", "measured_date", "rater", "indicator"),
    description_sv="Årets mätningar för en insats eller för alla: en rad per person, dag och bedömare. De sju indikatorerna "
    "har var sin kolumn; andra frågor och steg på en trappa skrivs med Indikator och Bedömning. Året står i filens namn.",
    columns=(
        Column(
            "person_key",
            "person_key",
            "Personnummer eller löpnummer",
            ("Personnummer", "Pnr", "Samordningsnummer", "Samordningsnr", "Löpnr", "Löpnummer"),
            required=True,
            description_sv="Samma som i deltagarregistret. Blir en nycklad pseudonym innan något sparas.",
        ),
        Column("initiative_name", "text", "Insats", ("Insats", "Projekt", "Insatsens namn"), required=True),
        Column(
            "measured_date",
            "date",
            "Mätdatum",
            ("Mätdatum", "Datum", "Mättillfälle"),
            required=True,
            has_happened=True,
        ),
        Column(
            "rater",
            "code",
            "Bedömare",
            ("Bedömare", "Bedömd av", "Besvarad av"),
            required=True,
            allowed={
                "participant": ("deltagare", "deltagaren", "självskattning", "individen"),
                "caseworker": ("handläggare", "handläggaren", "coach", "personal", "vägledare"),
            },
            description_sv="Deltagaren själv eller handläggaren; deras svar jämförs aldrig med varandra.",
        ),
        *(Column(name, "text", label, (label, *also)) for name, label, also in INDICATORS),
        Column(
            "indicator",
            "text",
            "Indikator",
            ("Indikator", "Fråga", "Trappa"),
            description_sv="Namnet på en fråga eller en trappa utan egen kolumn; tolkas med kodlistan progress_indicator.",
        ),
        Column(
            "answer",
            "text",
            "Bedömning",
            ("Bedömning", "Steg", "Svar"),
            description_sv="Svaret i siffror, eller steget i ord så som trappans kodlista har det.",
        ),
        Column(
            "scale",
            "text",
            "Skala",
            ("Skala", "Svarsskala"),
            description_sv="Vad skalan eller trappan heter; tolkas med kodlistan answer_scale. Tomt där svaren är siffror, eller "
            "där trappans kodlista heter som indikatorn. Svar på olika skalor jämförs aldrig.",
        ),
    ),
)
