"""Independent pieces of work over several processes."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Given = TypeVar("Given")
    Found = TypeVar("Found")

_PIECES = 16
"""Into how many pieces each process's share is cut: some systems take a hundred times as long as others."""


def each(work: Callable[..., Found], given: Sequence[Given], processes: int, **settings: Any) -> list[Found]:
    """work(one, **settings) for each, in the order given. Nothing is started for one process or a single piece."""
    ready = partial(work, **settings)
    if processes < 2 or len(given) < 2:
        return [ready(one) for one in given]
    with ProcessPoolExecutor(processes, mp_context=get_context("forkserver")) as pool:
        return list(pool.map(ready, given, chunksize=max(1, len(given) // (_PIECES * processes))))
