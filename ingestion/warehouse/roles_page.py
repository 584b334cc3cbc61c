"""docs/roles.md: who may what in the warehouse, from the same declarations that every start is held to."""

from __future__ import annotations

from ingestion.feeds import all_feeds
from ingestion.warehouse import rights, roles

_KINDS_SV = {
    "database": "databasen",
    "schema": "schemat",
    "relation": "tabeller och vyer",
    "column": "kolumner",
    "function": "funktioner",
    "default": "nya tabeller",
}
_INTRODUCTION = """# Rollerna

Vem som får vad i databasen. Sidan görs av samma deklarationer som databasen prövas mot: `roles.py` och `rights.csv` i
`ingestion/warehouse/`. Mottagning, bygge och publicering börjar med att jämföra, åt båda hållen; avviker något sägs vad,
och vilken sats som rättar det. Det som inte står här har ingen, inte heller PUBLIC.

- Ägare och grupper kan inte logga in. Var och en som läser eller beslutar har en egen inloggning (`finsam access grant`).
- `finsam_migrate` kan logga in bara medan `finsam migrate` arbetar, högst en timme, och aldrig medan en natt pågår.
- Före PostgreSQL 17 är `finsam_keeper` medlem i `own_store`, eftersom bara ägaren får köra vacuum där.
- Gränser som en läsare inte själv kan lyfta: antal sessioner, diskutrymme för en fråga (där servern låter oss sätta det),
  inga temporära tabeller, och vakten: `finsam warehouse guard` avslutar den som håller en transaktion öppen över en timme
  eller en fråga längre än inloggningens slag får. På en server från 16 och framåt vars administratör inte är
  superanvändare kör en superanvändare en gång `grant pg_monitor, pg_signal_backend to finsam_monitor`.
- Modellerna läser `raw_open`: raderna utan {hidden}.

## Säkerhetskopia

`finsam warehouse backup MAPP` skriver databasen, arkivet, karantänen och referensdata, med antal och kontrollsummor.
Hemligheterna är med bara med `--with-secrets`; `pseudonym_key_1` och senare nycklar ska finnas någon annanstans, för
utan dem återställs inget (se [data_protection.md](data_protection.md)). Inkorgarna är aldrig med: där kan
personnummer ligga. `finsam warehouse restore MAPP` bygger databasen bredvid den som står, prövar den mot kopian, mot
det som publicerades och mot rättigheterna, gör om det som beslutats om personer sedan kopian, och byter sedan plats.
Den gamla finns kvar under annat namn. Det som levererats efter kopian läggs tillbaka i inkorgarna;
personuppgiftsfiler måste lämnas igen. Stoppa Airflow först.

Administratören i `FINSAM_WAREHOUSE_URL` behöver CREATEROLE och CREATEDB, äga databasen, och nå Airflows databas bredvid.
"""


def page() -> str:
    """The page, with a table per role."""
    hidden = ", ".join(
        f"`{feed.id}.{column.name}`"
        for feed in all_feeds().values()
        for column in feed.columns
        if column.stays_raw
    )
    lines = [_INTRODUCTION.format(hidden=hidden)]
    for role in roles.ROLES:
        can = "" if role.logs_in else " Kan inte logga in."
        member = f" Medlem i {', '.join(f'`{group}`' for group in role.member_of)}." if role.member_of else ""
        limit = f" Högst {role.connections} sessioner." if role.connections > 0 else ""
        lines += [
            f"## {role.name}",
            "",
            f"{role.purpose_sv[0].upper()}{role.purpose_sv[1:]}.{can}{member}{limit}",
            "",
        ]
        held = [line for line in rights.declared() if line.role == role.name and line.kind != "database"]
        if held:
            lines += ["| Var | På | Får | För att |", "|---|---|---|---|"]
            lines += [
                f"| `{line.schema}` | {_KINDS_SV[line.kind]}{_named(line)} | {', '.join(sorted(line.privileges))} "
                f"| {line.purpose_sv} |"
                for line in held
            ]
            lines.append("")
    return "\n".join(lines)


def _named(line: rights.Line) -> str:
    if line.kind in {"schema", "default"} or line.objects == ("*",):
        return ""
    meant = ", ".join(f"`{name}`" for name in line.objects if not name.startswith("-"))
    spared = ", ".join(f"`{name[1:]}`" for name in line.objects if name.startswith("-"))
    return f" {meant}" + (f" utom {spared}" if spared else "")
