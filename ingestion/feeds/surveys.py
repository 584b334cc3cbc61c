"""Surveys: what respondents answered, question by question. Sums, answers by step, or one row per answer given."""

from ingestion.feed import NOT_A_NUMBER, NOT_KNOWN, Band, Column, Feed

_NO_ANSWERS = {
    **NOT_KNOWN,
    "not_computable": NOT_A_NUMBER["not_computable"],
    "too_few": ("För få svar",),
    "no_outcome": ("Utfall saknas",),
    "none_reported": ("Inget exempel har redovisats",),
}

FEED = Feed(
    id="surveys",
    counts_persons=True,
    title_sv="Enkätsvar",
    owner_sv="Förbundets kansli, eller den som sammanställer enkäten",
    reader="table",
    schedule="45 1 * * *",
    scope=("survey_name",),
    period="survey_period",
    band=Band(most=None, fewest_elsewhere=None, most_elsewhere=1000.0),
    grain=(
        *("survey_name", "survey_period", "initiative_name", "question_code", "respondent_group"),
        *("scale", "answer", "response_number"),
    ),
    description_sv="En enkätomgång, en fil per enkät och omgång. En rad säger antingen hur många av svaren på en fråga som var "
    "positiva (Antal positiva av Antal svar), hur många som valde ett visst svar (Svar och Antal svar), eller vad en enda "
    "svarande valde (Svar och Svarsnummer). Vilka svar som är positiva står i kodlistan som skalan heter, aldrig i filen.",
    columns=(
        Column(
            "survey_name",
            "text",
            "Enkät",
            ("Enkät", "Enkätens namn", "Undersökning"),
            required=True,
            description_sv="Vad enkäten heter, likadant i varje omgång; en ny fil med samma enkät och omgång ersätter den förra.",
        ),
        Column(
            "survey_period",
            "period",
            "Omgång",
            ("Omgång", "Enkätomgång", "År", "Period"),
            required=True,
            description_sv="Året, eller den del av det som omgången hör till: 2025, 2025-H2, 2025-09.",
        ),
        Column("initiative_name", "text", "Insats", ("Insats", "Projekt", "Verksamhet")),
        Column(
            "respondent_group",
            "text",
            "Svarsgrupp",
            ("Svarsgrupp", "Svarande", "Målgrupp", "Respondentgrupp"),
            required=True,
            description_sv="Vilka som svarade; tolkas med kodlistan respondent_group.",
        ),
        Column(
            "question_code",
            "text",
            "Fråga",
            ("Fråga", "Frågenummer", "Frågenr", "Indikator", "Indikatornummer"),
            required=True,
            description_sv="Frågans nummer eller kod, likadant i varje omgång; ett mål nämner frågan så.",
        ),
        Column("question_text", "text", "Frågans lydelse", ("Frågetext", "Frågans lydelse", "Lydelse")),
        Column(
            "scale",
            "text",
            "Skala",
            ("Skala", "Svarsskala"),
            description_sv="Vad skalan heter; tolkas med kodlistan answer_scale, vars kod är namnet på listan med skalans svar. "
            "Behövs där Svar är ifyllt.",
        ),
        Column(
            "answer",
            "text",
            "Svar",
            ("Svar", "Svarsalternativ", "Alternativ"),
            description_sv="Det valda svaret i ord eller siffror, så som skalans kodlista har det.",
        ),
        Column(
            "answer_count",
            "integer",
            "Antal svar",
            ("Antal svar", "Svarande totalt", "N"),
            missing=_NO_ANSWERS,
            description_sv="Hur många som svarade på frågan, eller hur många som gav just det svaret. Tomt för en enda svarande.",
        ),
        Column(
            "positive_count",
            "integer",
            "Antal positiva",
            ("Antal positiva", "Positiva svar", "Positiva"),
            missing=_NO_ANSWERS,
            description_sv="Hur många av svaren som var positiva, där filen redan är sammanställd. Står det För få svar i "
            "stället för ett tal blir målets status för få svar.",
        ),
        Column(
            "response_number",
            "text",
            "Svarsnummer",
            ("Svarsnummer", "Svarsnr", "Respons-id"),
            description_sv="Skiljer enskilda svarande åt utan att säga vilka de är: ett löpnummer, aldrig ett namn.",
        ),
        Column("comment", "text", "Fritext", ("Fritext", "Kommentar", "Öppet svar"), stays_raw=True),
    ),
)
