"""Missing is a value with a reason: the words a contract declares for it, and how the reasons are kept beside a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.figures import read_figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from ingestion.feed import Column


class MissingWords:
    """The words of one column that say there is no value."""

    def __init__(self, column: Column) -> None:
        import pyarrow as pa

        pairs = [(word.lower(), reason) for reason, words in column.missing.items() for word in words]
        self._words = pa.array([word for word, _reason in pairs], pa.string())
        self._reasons = pa.array([reason for _word, reason in pairs], pa.string())

    def reasons(self, sent: pa.Array) -> pa.Array | None:
        """Per cell the reason, null where it holds a value or nothing at all; None where no cell has a reason."""
        import pyarrow.compute as pc

        lowered = pc.utf8_lower(sent)
        if not pc.any(pc.is_in(lowered, value_set=self._words)).as_py():
            return None
        return self._reasons.take(pc.index_in(lowered, value_set=self._words))


class MissingFigures:
    """What a paper prints where there is no number it can be held to."""

    def reasons(self, sent: pa.Array) -> pa.Array | None:
        """Per cell why it prints no number, null where it prints one or nothing at all; None where every cell does."""
        import pyarrow as pa

        encoded = sent.dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        found = [read_figure(text).reason if text else None for text in texts]
        return pa.array(found, pa.string()).take(encoded.indices) if any(found) else None


def joined(reasons: Mapping[str, pa.Array], count: int) -> pa.Array:
    """The rows' reasons as raw keeps them: `population_count=unknown;vat_sek=not_stated`, null where there are none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not reasons:
        return pa.nulls(count, pa.string())
    named = [pc.binary_join_element_wise(name, column, "=") for name, column in sorted(reasons.items())]
    # Arrow's own null_handling="skip" loses the rows in which all are null
    together = pc.binary_join_element_wise(*named, ";", null_handling="replace", null_replacement="")
    together = pc.utf8_trim(pc.replace_substring_regex(together, ";+", ";"), ";")
    return pc.if_else(pc.equal(together, ""), pa.scalar(None, pa.string()), together)
