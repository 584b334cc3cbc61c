"""`finsam watch`: for cron or a systemd timer, outside Airflow. Its exit status is an alarm of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingestion.command_line import BROKEN, DONE, REFUSED, show

if TYPE_CHECKING:
    import argparse

    from ingestion.settings import Settings


def declare(verb: Any) -> None:
    """Add the verb. verb: makes one from its name, its function and its help."""
    verb(
        "watch",
        watch,
        "Står något fel till? Larmar, skickar larm som väntar och svarar 1 om något står kvar.",
    )


def watch(settings: Settings, options: argparse.Namespace) -> int:
    """Look, tell, and answer 0 where all is well, 1 where something stands, 3 where nobody could be told of it."""
    from ingestion import watch as watching

    watched = watching.watch(settings)
    show(options, watched, watched.text_sv)
    if watched.unsent_sv is not None:
        return BROKEN
    return DONE if watched.is_well else REFUSED
