"""Public statistics, as the offices deliver them: a table with a column per period, a long table, or JSON-stat."""

from ingestion.feed import Band, Column, Feed

FEED = Feed(
    id="public_statistics",
    title_sv="Offentlig statistik",
    owner_sv="Förbundets kansli, som hämtar den hos statistikmyndigheten",
    reader="statistics",
    schedule="55 1 * * *",
    scope=("table_name",),
    band=Band(fewest=0.2, most=None, fewest_elsewhere=0.01, most_elsewhere=1000.0),
    grain=("table_name", "statistic", "region", "age", "sex", "statistic_period"),
    suffixes=(".csv", ".txt", ".xlsx", ".xls", ".json"),
    description_sv="En tabell från en statistikmyndighet, oförändrad: folkmängd per kommun, ålder och kön, helårsekvivalenter, "
    "sjukpenningtal. Semikolonavgränsad text eller arbetsbok med en kolumn per år, kvartal eller månad, eller med perioden i en "
    "egen kolumn; JSON-stat går också bra. En kolumn som inte är någon av dem nedan, och som står efter dem, är ett värde: dess "
    "rubrik säger vilken statistik och vilken period. Kommer samma uppgift i flera tabeller gäller den senast levererade.",
    columns=(
        Column(
            "table_name",
            "text",
            "Tabell",
            ("Tabell", "Tabellnamn"),
            required=True,
            description_sv="Tabellens rubrik; står den inte i en kolumn tas den ur titeln ovanför tabellen, annars ur filens "
            "namn. En ny fil med samma tabell ersätter den förra.",
        ),
        Column(
            "statistic",
            "text",
            "Statistik",
            ("Statistik", "Tabellinnehåll", "ContentsCode", "Mått"),
            required=True,
            description_sv="Vad som räknas; tolkas med kodlistan public_statistic. Står det inte i en kolumn tas det ur värdets "
            "rubrik, annars är det tabellens.",
        ),
        Column(
            "region",
            "text",
            "Region",
            ("Region", "Kommun", "Kommunkod", "Område", "Kommun/stadsdel"),
            required=True,
            description_sv="Kommunens kod, namn eller båda (2482 Skellefteå). Bara medlemmarnas kommuner räknas.",
        ),
        Column("region_code", "text", "Regionkod", by_reader=True),
        Column(
            "age",
            "text",
            "Ålder",
            ("Ålder", "Åldersgrupp", "Alder"),
            description_sv="Tomt eller Totalt: alla åldrar.",
        ),
        Column("age_from", "integer", "Ålder från", by_reader=True),
        Column("age_to", "integer", "Ålder till", by_reader=True),
        Column(
            "sex",
            "code",
            "Kön",
            ("Kön", "Kon"),
            default="total",
            allowed={
                "female": ("kvinna", "kvinnor", "k", "women"),
                "male": ("man", "män", "m", "men"),
                "total": (
                    *("totalt", "samtliga", "båda könen", "män och kvinnor", "kvinnor och män", "alla", "t"),
                    *("totalt kön", "summa", "båda"),
                ),
            },
        ),
        Column(
            "statistic_period",
            "period",
            "Period",
            ("Period", "År", "Månad", "Kvartal", "Tid"),
            required=True,
            description_sv="2024, 2024-Q1, 2024-03; också 2024K1 och 2024M03 som myndigheterna skriver.",
        ),
        Column(
            "value_printed",
            "text",
            "Värde",
            ("Värde", "Antal", "Value"),
            description_sv="Talet; ”..” och ”.” betyder att uppgiften saknas.",
        ),
        Column("value", "figure", "Talet", reads="value_printed"),
    ),
)
