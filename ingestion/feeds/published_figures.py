"""An association's own printed tables, cell by cell: compared with what the warehouse computes, never merged with it."""

from ingestion.feed import Column, Feed
from ingestion.figures import NO_NUMBER
from ingestion.proof.words import ROW_TYPES

FEED = Feed(
    id="published_figures",
    title_sv="Tryckta tabeller",
    owner_sv="Förbundets ekonomiansvarig",
    reader="table",
    schedule="50 1 * * *",
    scope=("document",),
    grain=("document", "table_name", "initiative_name", "section", "line_number", "line_name", "year_printed", "version", "measure", "party_name", "sex"),
    description_sv="En rad per tryckt siffra, i tryckets ordning. En fil per handling.",
    columns=(
        Column("document", "text", "Handling", ("Handling", "Dokument", "paper"), required=True),
        Column("table_name", "text", "Tabell", ("Tabell", "page_heading", "Tabellrubrik"), required=True),
        Column("page", "text", "Sida", ("Sida",)),
        Column("section", "text", "Avsnitt", ("Avsnitt",)),
        Column("line_number", "text", "Radnummer", ("Radnummer", "Radnr", "line_no")),
        Column("line_name", "text", "Rad", ("Rad", "line_item"), required=True),
        Column("row_type", "code", "Radslag", ("Radslag",), default="line", allowed={kind: tuple(w for w in words if w != kind) for kind, words in ROW_TYPES.items()}),
        Column("total_of", "text", "Summa av", ("Summa av",)),
        Column("year_printed", "text", "År", ("År", "year")),
        Column("version", "text", "Version", ("Version",)),
        Column("measure", "text", "Mått", ("Mått",)),
        Column("party_name", "text", "Part", ("Part", "party", "Insatsägare")),
        Column("sex", "text", "Kön", ("Kön", "sex_kon")),
        Column("initiative_name", "text", "Insats", ("Insats", "initiative")),
        Column("unit", "text", "Enhet", ("Enhet",), default="kr"),
        Column("unit_printed", "text", "Tryckt enhet", ("Tryckt enhet",)),
        Column("value_printed", "text", "Tryckt värde", ("Tryckt värde", "Tryckt"), missing=NO_NUMBER),
        Column("note_reference", "text", "Not", ("Not", "note_ref")),
        Column("comment", "text", "Anmärkning", ("Anmärkning", "Kommentar"), stays_raw=True),
    ),
)
