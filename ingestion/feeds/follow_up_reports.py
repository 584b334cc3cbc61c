"""What was last entered in Uppföljning Finsam: the sheet finsam_follow_up as it was copied, to see what has moved since."""

from ingestion.feed import NOT_A_NUMBER, Column, Feed

FEED = Feed(
    id="follow_up_reports",
    counts_persons=True,
    title_sv="Lämnat till Uppföljning Finsam",
    owner_sv="Förbundets kansli",
    reader="table",
    schedule="50 1 * * *",
    period="fiscal_year",
    made_date="sent_date",
    grain=("initiative_name", "field_code"),
    description_sv="Det som lämnats i Försäkringskassans formulär för ett år, en rad per uppgift: spara finsam_follow_up när "
    "uppgifterna är lämnade, med dagen. Den senaste filen för året gäller.",
    columns=(
        Column("fiscal_year", "year", "År", ("År", "Avser", "Avser år"), required=True),
        Column(
            "sent_date",
            "date",
            "Lämnad den",
            ("Lämnad den", "Lämnad", "Inskickad", "Datum"),
            required=True,
            has_happened=True,
        ),
        Column(
            "initiative_name",
            "text",
            "Insats",
            ("Insats", "Projekt", "Insatsens namn"),
            description_sv="Tomt för förbundets egna uppgifter.",
        ),
        Column(
            "field_code",
            "code",
            "Uppgift",
            ("Uppgift", "Fält"),
            required=True,
            allowed={
                "allocated_sek": ("tilldelade medel",),
                "own_capital_sek": ("eget kapital",),
                "administration_budget_sek": ("administration, budget",),
                "administration_actual_sek": ("administration, utfall",),
                "focus": ("inriktning",),
                "is_esf": ("esf-finansierad",),
                "target_group": ("målgrupp",),
                "budget_sek": ("budget",),
                "actual_sek": ("utfall",),
                "budgeted_participants": ("budgeterade deltagare",),
                "participants_female": ("deltagare, kvinnor",),
                "participants_male": ("deltagare, män",),
                "participants_unknown": ("deltagare, okänt kön",),
            },
        ),
        Column(
            "sent_number",
            "amount",
            "Lämnat tal",
            ("Lämnat tal", "Värde", "Tal"),
            description_sv="Kronor eller antal, så som det lämnades.",
            missing=NOT_A_NUMBER,
        ),
        Column(
            "sent_text",
            "text",
            "Lämnad text",
            ("Lämnad text", "Text"),
            description_sv="För uppgifter som inte är tal.",
        ),
    ),
)
