"""The row account of a delivery: what was read is loaded, set aside or declared no data. Nothing else exists."""

from __future__ import annotations

from dataclasses import dataclass


class RowsLost(AssertionError):
    """Rows do not add up: our own fault, never the sender's."""


@dataclass(frozen=True)
class RowAccount:
    """Counts of rows. quarantined: set aside, or held back together with a refused delivery."""

    read: int = 0
    loaded: int = 0
    quarantined: int = 0
    non_data: int = 0

    def __post_init__(self) -> None:
        if self.read != self.loaded + self.quarantined + self.non_data:
            raise RowsLost(
                f"{self.read} rader lästes, men {self.loaded} laddade + {self.quarantined} undanlagda"
                f" + {self.non_data} utan data är något annat"
            )

    def refused(self) -> RowAccount:
        """The same account when the whole delivery is held back: what would have been loaded is set aside."""
        return RowAccount(self.read, 0, self.loaded + self.quarantined, self.non_data)
