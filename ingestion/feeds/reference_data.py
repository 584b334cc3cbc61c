"""Reference data: what people own and change without touching code. The association is the folder the file lies in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ingestion.feed import UNITS, Column, Feed

_VALIDITY = (
    Column("valid_from", "date", "Gäller från", ("Gäller från", "Från"), default="1900-01-01"),
    Column("valid_to", "date", "Gäller till och med", ("Gäller till", "Gäller till och med", "Till")),
)


def _dataset(id: str, title_sv: str, grain: tuple[str, ...], *columns: Column, **more: Any) -> Feed:
    named = tuple(replace(c, headers=(*c.headers, c.label_sv)) for c in columns)
    return Feed(
        id=id,
        title_sv=title_sv,
        owner_sv="Förbundets kansli",
        reader="table",
        kind="reference",
        columns=named,
        grain=grain,
        suffixes=(".csv",),
        **more,
    )


_STATEMENTS: dict[str, tuple[str, ...]] = {
    "income_statement": ("resultaträkning",),
    "balance_sheet": ("balansräkning",),
    "budget": ("budget", "budgetuppföljning"),
    "cash_flow_statement": ("kassaflödesanalys", "kassaflöde"),
    "notes": ("noter", "not"),
}

FEEDS = (
    _dataset(
        "associations",
        "Förbund och deras namn",
        ("valid_from",),
        Column("organisation_number", "text", "Organisationsnummer", required=True),
        Column("name_sv", "text", "Namn", required=True),
        *_VALIDITY,
    ),
    _dataset(
        "members",
        "Medlemmar",
        ("member_id", "valid_from"),
        Column("member_id", "text", "Medlemskod", required=True),
        Column(
            "member_kind",
            "code",
            "Slag",
            required=True,
            allowed={
                "state": ("stat", "staten"),
                "region": ("region", "landsting"),
                "municipality": ("kommun",),
            },
        ),
        Column("name_sv", "text", "Namn", required=True),
        Column("aliases", "text", "Andra namn", description_sv="Åtskilda med |."),
        Column("municipality_code", "text", "Kommunkod"),
        Column(
            "pays_fee",
            "flag",
            "Betalar avgift",
            default="true",
            description_sv="Nej för en part vars avgift en annan betalar, som Arbetsförmedlingen.",
        ),
        *_VALIDITY,
    ),
    _dataset(
        "initiatives",
        "Insatser",
        ("initiative_id", "valid_from"),
        Column("initiative_id", "text", "Insatskod", required=True),
        Column("name_sv", "text", "Namn", required=True),
        Column("aliases", "text", "Andra namn", description_sv="Åtskilda med |."),
        Column(
            "initiative_kind",
            "text",
            "Slag av insats",
            required=True,
            description_sv="Kod ur kodlistan initiative_kind.",
        ),
        Column("is_individual", "flag", "Individinriktad", required=True),
        Column(
            "age_min",
            "integer",
            "Yngsta ålder",
            description_sv="Målgruppens yngsta ålder; tomt om regeln target_age_min gäller.",
        ),
        Column(
            "age_max",
            "integer",
            "Högsta ålder",
            description_sv="Målgruppens högsta ålder; tomt om regeln target_age_max gäller.",
        ),
        *_VALIDITY,
    ),
    _dataset(
        "report_lines",
        "Rader i räkningarna",
        ("statement", "line_code"),
        Column(
            "statement",
            "code",
            "Räkning",
            required=True,
            allowed=_STATEMENTS,
        ),
        Column("line_code", "text", "Radkod", required=True),
        Column("label_sv", "text", "Benämning", required=True),
        Column(
            "aliases", "text", "Andra namn", description_sv="Så som budgetar skriver raden; åtskilda med |."
        ),
        Column(
            "line_kind",
            "code",
            "Radslag",
            required=True,
            allowed={"line": ("rad",), "total": ("summa",), "balance": ("saldo",)},
            description_sv="Saldo är likvida medel vid årets början och slut i kassaflödesanalysen.",
        ),
        Column(
            "total_code", "text", "Summeras i", description_sv="De summarader raden ingår i, åtskilda med |."
        ),
        Column(
            "sign",
            "integer",
            "Tecken",
            required=True,
            description_sv="1 om debet visas som plus, -1 om kredit gör det.",
        ),
        Column("sort_order", "integer", "Ordning", required=True),
        Column(
            "cash_flow_code",
            "text",
            "Rad i kassaflödet",
            description_sv="För en rad i balansräkningen: raden i kassaflödesanalysen där årets förändring räknas, "
            "closing_cash för likvida medel. För en resultatrad: raden där beloppet läggs tillbaka, för det som inte är "
            "pengar. För den raden i kassaflödesanalysen: raden beloppet då dras från.",
        ),
        Column(
            "note_code",
            "text",
            "Not",
            description_sv="Summaraden i noterna som specificerar raden; flera rader kan ha samma not.",
        ),
    ),
    _dataset(
        "account_map",
        "Kontoplan till rad",
        ("statement", "account_prefix", "valid_from"),
        Column("account_prefix", "text", "Konto börjar med", required=True),
        Column(
            "statement",
            "code",
            "Räkning",
            required=True,
            allowed=_STATEMENTS,
        ),
        Column("line_code", "text", "Radkod", required=True),
        Column("comment", "text", "Kommentar"),
        *_VALIDITY,
    ),
    _dataset(
        "code_lists",
        "Kodlistor",
        ("list_code", "code"),
        Column("list_code", "text", "Lista", required=True),
        Column("code", "text", "Kod", required=True),
        Column("label_sv", "text", "Benämning", required=True),
        Column("aliases", "text", "Andra namn", description_sv="Åtskilda med |."),
        Column("group_code", "text", "Grupp"),
        Column("sort_order", "integer", "Ordning"),
    ),
    _dataset(
        "rules",
        "Regler med giltighet",
        ("rule_code", "member_id", "lower_sek", "valid_from"),
        Column("rule_code", "text", "Regel", required=True),
        Column(
            "value_share",
            "share",
            "Andel",
            description_sv="För en regel som är en andel; en avgift i promille skrivs som andel (8 promille är 0,008).",
        ),
        Column(
            "value_number",
            "integer",
            "Tal",
            description_sv="För en regel som är ett tal, som dagar efter kvartalets slut.",
        ),
        Column("base_code", "text", "Underlag"),
        Column(
            "member_id",
            "text",
            "Medlemskod",
            description_sv="För en regel som gäller en medlem, som dess avtalade andel (member_share).",
        ),
        Column(
            "lower_sek",
            "amount",
            "Från belopp",
            description_sv="För en regel i steg: underlaget steget börjar vid. Steg med samma datum hör ihop.",
        ),
        Column("upper_sek", "amount", "Till belopp", description_sv="Underlaget där nästa steg tar vid."),
        Column(
            "step_method",
            "code",
            "Steget räknas på",
            allowed={"whole": ("hela",), "slice": ("delen",)},
            default="whole",
            description_sv="Hela: stegets andel gäller hela underlaget. Delen: bara det som ligger inom steget.",
        ),
        Column("cap_sek", "amount", "Högst", description_sv="Högsta belopp oavsett andel."),
        Column("source", "text", "Källa", required=True),
        *_VALIDITY,
    ),
    _dataset(
        "adopted_years",
        "Fastställda år",
        ("fiscal_year",),
        Column("fiscal_year", "year", "År", required=True),
        Column(
            "adopted_date",
            "date",
            "Fastställt den",
            required=True,
            description_sv="Dagen styrelsen fastställde årsredovisningen. Huvudboken ska sedan stå som den stod då.",
        ),
        Column("decision_code", "text", "Paragraf"),
        Column("result_sek", "amount", "Fastställt resultat", description_sv="Minus för underskott."),
        Column("own_capital_sek", "amount", "Fastställt eget kapital"),
        Column("source", "text", "Källa", required=True),
    ),
    _dataset(
        "goals",
        "Mål och vad förbundet själv säger",
        ("fiscal_year", "goal_code"),
        Column("fiscal_year", "year", "År", required=True),
        Column("goal_code", "text", "Mål", required=True),
        Column(
            "claimed_status",
            "code",
            "Uppgiven status",
            required=True,
            allowed={"met": ("uppfyllt",), "not_met": ("ej uppfyllt",), "not_stated": ("ej angivet",)},
        ),
        Column("claimed_text", "text", "Förbundets ord"),
        Column("source", "text", "Källa", required=True),
    ),
    _dataset(
        "header_aliases",
        "Förbundets egna rubriker",
        ("feed_id", "header", "valid_from"),
        Column("feed_id", "text", "Leverans", required=True),
        Column("header", "text", "Rubrik", required=True),
        Column("column_name", "text", "Kolumn", required=True),
        Column(
            "unit",
            "code",
            "Enhet",
            allowed=UNITS,
            description_sv="Enheten i den kolumnen, om den inte är kronor och inte står i filen.",
        ),
        Column(
            "decimal_sign",
            "code",
            "Decimaltecken",
            allowed={"comma": ("komma", ","), "point": ("punkt", ".")},
            description_sv="Behövs bara för belopp som annars är tvetydiga, som 1.234; det andra tecknet skiljer då tusental.",
        ),
        *_VALIDITY,
    ),
    _dataset(
        "value_aliases",
        "Förbundets egna ord för koder",
        ("feed_id", "column_name", "word", "valid_from"),
        Column("feed_id", "text", "Leverans", required=True),
        Column("column_name", "text", "Kolumn", required=True),
        Column("word", "text", "Ord", required=True, description_sv="Så som det står i förbundets filer."),
        Column("code", "text", "Kod", required=True, description_sv="Någon av kolumnens koder."),
        *_VALIDITY,
    ),
    _dataset(
        "municipalities",
        "Kommuner utöver dem som följer med",
        ("municipality_code", "valid_from"),
        Column("municipality_code", "text", "Kommunkod", required=True),
        Column("name_sv", "text", "Namn", required=True),
        Column("aliases", "text", "Andra namn", description_sv="Åtskilda med |."),
        *_VALIDITY,
    ),
    _dataset(
        "delivery_terms",
        "Vad som avtalats om leveranser",
        ("feed_id", "valid_from"),
        Column("feed_id", "text", "Leverans", required=True),
        Column(
            "sends_manifest",
            "flag",
            "Lämnar följeblad",
            default="false",
            description_sv="Ja där varje fil har ett följeblad: filen läses inte in utan det.",
        ),
        Column(
            "manifest_wait_hours",
            "integer",
            "Timmar att vänta på följebladet",
            default="24",
            description_sv="Så länge väntar filen; därefter avvisas den.",
        ),
        Column(
            "due_every",
            "code",
            "Lämnas varje",
            allowed={"month": ("månad",), "quarter": ("kvartal",), "year": ("år",)},
            description_sv="Tomt där ingen tid är avtalad.",
        ),
        Column(
            "due_days",
            "integer",
            "Dagar efter periodens slut",
            default="0",
            description_sv="Sista dagen att lämna: så många dagar efter månadens, kvartalets eller årets sista. "
            "Minus före, som -45 för en budget.",
        ),
        Column(
            "grace_days",
            "integer",
            "Dagar att vänta",
            default="0",
            description_sv="Så många dagar till innan det räknas som försenat.",
        ),
        Column(
            "when_missing",
            "code",
            "Om den inte kommer",
            allowed={"proceed": ("fortsätt",), "hold": ("vänta",)},
            default="proceed",
            description_sv="Fortsätt: siffrorna publiceras med anmärkning. Vänta: förbundets siffror ändras inte förrän den "
            "har kommit.",
        ),
        Column("sender", "text", "Avsändare", description_sv="Vem man ringer när den uteblir."),
        Column("file_name", "text", "Filens namn", description_sv="Vad filen brukar heta."),
        *_VALIDITY,
    ),
)
