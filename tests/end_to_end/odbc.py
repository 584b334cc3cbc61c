"""Debian's ODBC driver for PostgreSQL, called the way Excel calls it: through the driver manager's own functions."""

import ctypes
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass

PACKAGES = ("odbc-postgresql", "unixodbc")
OK, WITH_INFO, NO_DATA = 0, 1, 100
ENVIRONMENT, CONNECTION, STATEMENT = 1, 2, 3
WIDE, NULL_DATA, TO_THE_END = -8, -1, -3
CHUNK = 1000  # short on purpose: longer text must come whole in several pieces, as it does to a spreadsheet
TYPES = {
    -7: "bit", -5: "bigint", -8: "wchar", -9: "wvarchar", -10: "wlongvarchar", 1: "char", 2: "numeric", 4: "integer",
    5: "smallint", 8: "double", 12: "varchar", -1: "longvarchar", 91: "date", 93: "timestamp",
}  # fmt: skip


def install() -> None:
    """The driver and its manager from Debian's packages, if they are not there."""
    if shutil.which("odbcinst") is None or not _knows_the_driver():
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", *PACKAGES], check=True, capture_output=True)


def _knows_the_driver() -> bool:
    listed = subprocess.run(["odbcinst", "-q", "-d"], capture_output=True, text=True, check=False).stdout
    return "[PostgreSQL Unicode]" in listed


class OdbcProblem(Exception):
    """The driver's own words."""


@dataclass(frozen=True)
class Column:
    """As described to the client, which makes its room by it."""

    name: str
    kind: str
    size: int
    digits: int


class Odbc:
    """One connection."""

    def __init__(self, library, handle):
        self._library, self._handle = library, handle

    def query(self, statement):
        """(columns, rows); every value as the text the driver gives, None where it is null."""
        return self._ask("SQLExecDirectW", _wide(statement), TO_THE_END)

    def tables(self, schema):
        """What a client lists: rows of (catalogue, schema, name, kind, comment)."""
        return self._ask("SQLTablesW", None, 0, _wide(schema), TO_THE_END, None, 0, None, 0)[1]

    def columns(self, schema, table):
        """What a client knows of a table before it reads it, by column name."""
        described, rows = self._ask(
            "SQLColumnsW", None, 0, _wide(schema), TO_THE_END, _wide(table), TO_THE_END, None, 0
        )
        names = [column.name.lower() for column in described]
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return {one["column_name"]: one for one in found}

    def _ask(self, function, *arguments):
        statement = _allocate(self._library, STATEMENT, self._handle)
        try:
            _call(self._library, STATEMENT, statement, function, *arguments)
            columns = self._describe(statement)
            rows = []
            while _call(self._library, STATEMENT, statement, "SQLFetch") != NO_DATA:
                rows.append(tuple(self._value(statement, n) for n in range(1, len(columns) + 1)))
            return columns, rows
        finally:
            self._library.SQLFreeHandle(STATEMENT, statement)

    def _describe(self, statement):
        count = ctypes.c_short()
        _call(self._library, STATEMENT, statement, "SQLNumResultCols", ctypes.byref(count))
        columns = []
        for number in range(1, count.value + 1):
            name = ctypes.create_string_buffer(2 * 256)
            length, kind, digits, nullable = (ctypes.c_short() for _ in range(4))
            size = ctypes.c_size_t()
            _call(self._library, STATEMENT, statement, "SQLDescribeColW", number, name, 256, ctypes.byref(length),
                  ctypes.byref(kind), ctypes.byref(size), ctypes.byref(digits), ctypes.byref(nullable))  # fmt: skip
            label = name.raw[: 2 * length.value].decode("utf-16-le")
            columns.append(Column(label, TYPES.get(kind.value, str(kind.value)), size.value, digits.value))
        return columns

    def _value(self, statement, number):
        pieces = []
        room = ctypes.create_string_buffer(2 * CHUNK)
        length = ctypes.c_ssize_t()
        while True:
            state = _call(self._library, STATEMENT, statement, "SQLGetData", number, WIDE, room, len(room),
                          ctypes.byref(length))  # fmt: skip
            if length.value == NULL_DATA:
                return None
            if state == NO_DATA:
                break
            is_cut = state == WITH_INFO and not 0 <= length.value < len(room)
            pieces.append(room.raw[: len(room) - 2 if is_cut else length.value])
            if not is_cut:
                break
        return b"".join(pieces).decode("utf-16-le")


@contextmanager
def connection(string):
    """A connection by a string without any data source name. Raises OdbcProblem."""
    library = ctypes.CDLL("libodbc.so.2")
    environment = _allocate(library, ENVIRONMENT, None)
    library.SQLSetEnvAttr(environment, 200, ctypes.c_void_p(3), 0)
    handle = _allocate(library, CONNECTION, environment)
    try:
        _call(
            library,
            CONNECTION,
            handle,
            "SQLDriverConnectW",
            None,
            _wide(string),
            TO_THE_END,
            None,
            0,
            None,
            0,
        )
        try:
            yield Odbc(library, handle)
        finally:
            library.SQLDisconnect(handle)
    finally:
        library.SQLFreeHandle(CONNECTION, handle)
        library.SQLFreeHandle(ENVIRONMENT, environment)


def _wide(text):
    return ctypes.create_string_buffer(text.encode("utf-16-le") + b"\0\0")


def _allocate(library, kind, parent):
    made = ctypes.c_void_p()
    assert library.SQLAllocHandle(kind, parent, ctypes.byref(made)) in (OK, WITH_INFO)
    return made


def _call(library, kind, handle, function, *arguments):
    state = ctypes.c_short(getattr(library, function)(handle, *arguments)).value
    if state not in (OK, WITH_INFO, NO_DATA):
        raise OdbcProblem(_said(library, kind, handle))
    return state


def _said(library, kind, handle):
    message, length = ctypes.create_string_buffer(2 * 1000), ctypes.c_short()
    library.SQLGetDiagRecW(kind, handle, 1, ctypes.create_string_buffer(12), ctypes.byref(ctypes.c_int()), message,
                           1000, ctypes.byref(length))  # fmt: skip
    return message.raw[: 2 * length.value].decode("utf-16-le", "replace")
