"""Delivered tables examined as the intake does it, and what was read and said, in short."""

from ingestion.examination import Examination


def padded(text):
    """Lines with as many separators as the longest, as a spreadsheet saves them."""
    lines = text.strip("\n").split("\n")
    width = max(line.count(";") for line in lines)
    return "".join(f"{line}{';' * (width - line.count(';'))}\n" for line in lines)


def examined(path, feed, **more):
    """The examination, its rows and the facts of the delivery."""
    examination = Examination(path, feed, "provet", **more)
    rows = [row for block in examination.blocks() for row in block.to_pylist()]
    return examination, rows, examination.facts("d")


def said(examination, facts):
    return [(fault.rule_id, fault.row_number, fault.column) for fault in examination.faults(facts)]


def brief(rows, *names):
    return [tuple(row[name] for name in names) for row in rows]
