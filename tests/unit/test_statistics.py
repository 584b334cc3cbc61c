"""Tables of public statistics as the offices export them: a column per period, a long table, JSON-stat of both kinds."""

import json

import pytest

from ingestion.feeds import all_feeds
from ingestion.readers import read
from ingestion.readers.table import DeliveryUnreadable, cell_place

FEED = all_feeds()["public_statistics"]
DATASET = {
    "version": "2.0",
    "class": "dataset",
    "label": "Folkmängd efter region och år 2023-2024",
    "id": ["Region", "Kon", "Tid"],
    "size": [2, 1, 2],
    "role": {"time": ["Tid"], "geo": ["Region"]},
    "dimension": {
        "Region": {
            "label": "region",
            "category": {"index": {"0102": 1, "0101": 0}, "label": {"0101": "Byn", "0102": "Ån"}},
        },
        "Kon": {"label": "kön", "category": {"label": {"1+2": "totalt"}}},
        "Tid": {"label": "år", "category": {"index": ["2023", "2024"]}},
    },
    "value": [1, 2.5, None, 8.125],
}


def rows_of(path):
    table = read(path, FEED)
    rows = []
    for block in table.blocks:
        for cells in block.table.to_pylist():
            number = cells.pop("_row_number")
            rows.append((number, dict(zip(table.header, cells.values(), strict=True))))
    assert table.rows_read == len(rows) + sum(table.non_data.values())
    return table, rows


def write(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_column_per_period_becomes_a_row_per_value_that_knows_its_place(tmp_path):
    path = write(
        tmp_path,
        "BE0101N1_20250101.csv",
        "Folkmängden efter region och ålder 2023-2024\n\nregion;ålder;kön;Folkmängd 2023;Folkmängd 2024\n"
        "0101 Byn;16-64 år;män;20 000;20 100\n0102;100+ år;kvinnor;..;8.934\n0102 Ån;totalt ålder;kvinnor;5;\nKälla: byrån;;;;\n",
    )
    table, rows = rows_of(path)
    assert table.non_data["footer"] == 1
    shown = [
        (
            one["region_code"],
            one["region"],
            one["age_from"],
            one["age_to"],
            one["statistic_period"],
            one["value_printed"],
        )
        for _number, one in rows
    ]
    assert shown == [
        ("0101", "Byn", "16", "64", "2023", "20 000"),
        ("0101", "Byn", "16", "64", "2024", "20 100"),
        ("0102", "0102", "100", "", "2023", "Uppgift saknas"),
        ("0102", "0102", "100", "", "2024", "8.9340"),
        ("0102", "Ån", "", "", "2023", "5"),
        ("0102", "Ån", "", "", "2024", ""),
    ]
    assert {one["statistic"] for _number, one in rows} == {"Folkmängd"}
    assert {one["table_name"] for _number, one in rows} == {"Folkmängden efter region och ålder"}
    assert (
        cell_place(rows[1][0]) == (4, 5)
        and table.wide.place_sv(rows[1][0]) == "rad 4, kolumn E (Folkmängd 2024)"
    )


@pytest.mark.parametrize(
    ("written", "canonical"),
    [("2024", "2024"), ("2024M03", "2024-03"), ("2024K1", "2024-kv1"), ("2024-Q2", "2024-Q2")],
)
def test_periods_are_read_as_the_offices_write_them(tmp_path, written, canonical):
    heading = rows_of(write(tmp_path, "a.csv", f"region;kön;Tal {written}\n0101;totalt;1\n"))[1]
    column = rows_of(write(tmp_path, "b.csv", f"region;period;Tal\n0101;{written};1\n"))[1]
    assert {one["statistic_period"] for _n, one in heading + column} == {canonical}
    assert {one["statistic"] for _n, one in heading + column} == {"Tal"}


def test_two_contents_beside_each_other_are_two_statistics(tmp_path):
    _table, rows = rows_of(write(tmp_path, "t.csv", "region;år;Födda;Döda\n0101;2024;3;4\n"))
    assert [(one["statistic"], one["value_printed"]) for _n, one in rows] == [("Födda", "3"), ("Döda", "4")]


def test_two_columns_that_say_the_same_are_refused(tmp_path):
    with pytest.raises(DeliveryUnreadable, match=r"STR-006.*B \(2024\).*C \(2024\)"):
        read(write(tmp_path, "t.csv", "region;2024;2024\n0101;1;2\n"), FEED)


def test_json_stat_turns_its_last_dimension_fastest(tmp_path):
    _table, rows = rows_of(write(tmp_path, "t.json", json.dumps(DATASET)))
    shown = [
        (one["region_code"], one["region"], one["kön"], one["statistic_period"], one["value_printed"])
        for _n, one in rows
    ]
    assert shown == [
        ("0101", "Byn", "totalt", "2023", "1"),
        ("0101", "Byn", "totalt", "2024", "2.5"),
        ("0102", "Ån", "totalt", "2023", "Uppgift saknas"),
        ("0102", "Ån", "totalt", "2024", "8.1250"),
    ]
    assert {one["table_name"] for _n, one in rows} == {"Folkmängd efter region och år"}


def test_the_older_json_stat_and_values_by_place_are_the_same_table(tmp_path):
    inner = {**DATASET["dimension"], **{name: DATASET[name] for name in ("id", "size", "role")}}
    older = {
        "dataset": {"label": DATASET["label"], "dimension": inner, "value": {"0": 1, "1": 2.5, "3": 8.125}}
    }
    assert (
        rows_of(write(tmp_path, "old.json", json.dumps(older)))[1]
        == rows_of(write(tmp_path, "new.json", json.dumps(DATASET)))[1]
    )


@pytest.mark.parametrize(
    "spoiled",
    [
        {"value": [1, 2]},
        {"value": {"9": 1}},
        {"value": "1"},
        {"size": [2, 1, 3]},
        {"id": ["Region", "Tid"]},
        {"id": ["Region", "Kon", "Okänd"]},
        {"dimension": None},
        {"size": [2, 1, 10**12]},
    ],
    ids=str,
)
def test_json_stat_that_does_not_hold_together_is_refused_whole(tmp_path, spoiled):
    with pytest.raises(DeliveryUnreadable, match="STR-003"):
        read(write(tmp_path, "t.json", json.dumps({**DATASET, **spoiled})), FEED)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "null", "[" * 100_000, '{"a": {"dimension": {}}, "b": {"dimension": {}}}']
)
def test_what_is_no_json_stat_is_refused(tmp_path, text):
    with pytest.raises(DeliveryUnreadable, match=r"STR-00[13]"):
        read(write(tmp_path, "t.json", text), FEED)


def test_a_dimension_nobody_knows_is_not_dropped(tmp_path):
    """Its values would be taken for each other's: binding refuses the header by name."""
    dataset = json.loads(json.dumps(DATASET, ensure_ascii=False).replace('"kön"', '"vistelsetid"'))
    table = read(write(tmp_path, "t.json", json.dumps(dataset)), FEED)
    assert "vistelsetid" in table.header
