"""A register of invented people with official test numbers, delivered for real, and an officer who answers for it."""

import os
import shutil
import time
from dataclasses import replace

from ingestion import pipeline, privacy_office
from ingestion.settings import PROJECT_ROOT
from ingestion.warehouse import access
from ingestion.warehouse.access import Right

NUMBERS = (PROJECT_ROOT / "ingestion/demo/sources/test_personnummer.txt").read_text().split()
HEADER = "Personnummer;Insats;Kön;Inskriven;Avslutad;Avslut till"
OFFICER = "disa_ombud"


class Persons:
    """Associations' registers in a warehouse of our own home."""

    def __init__(self, warehouse, home, secrets, associations=("alfa", "beta")):
        home.mkdir(parents=True, exist_ok=True)
        shutil.copytree(secrets, home / "secrets", ignore=shutil.ignore_patterns("pseudonym_key_*"))
        self.warehouse, self.home = warehouse, home
        warehouse.settings = replace(warehouse.settings, home=home, secret_folder=None)
        for number, association in enumerate(associations):
            folder = home / "reference" / association
            folder.mkdir(parents=True)
            (folder / "associations.csv").write_text(
                f"Organisationsnummer;Namn\n222000-{1000 + number}8;{association}\n"
            )

    @property
    def settings(self):
        return self.warehouse.settings

    def deliver(self, association, rows, year=2017, name="deltagare"):
        """Receive a register; rows: (number, more cells) or a number alone. Returns the one outcome."""
        folder = self.home / "landing" / association / "participants"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            f"{row};Torget;kvinna;{year}-02-01;;" if isinstance(row, str) else ";".join(row) for row in rows
        ]
        file = folder / f"{name}_{year}.csv"
        file.write_text("\n".join([HEADER, *lines, ""]))
        os.utime(file, (time.time() - 60, time.time() - 60))
        (outcome,) = pipeline.receive_feed(self.settings, "participants", "test").outcomes
        return outcome

    def officer(self, *associations, login=OFFICER):
        """A privacy officer's login as `finsam access grant` makes it, its password where our settings look for it."""
        right = Right("person", "none", associations or ("*",), is_privacy_officer=True)
        granted = access.grant(self.settings, login, right, new_password=True)
        file = self.home / f"password_of_{login}"
        file.write_text(granted.password)
        self.warehouse.settings = replace(self.settings, login_password_file=file)
        return login

    def case(self, association="alfa", login=OFFICER, ground="artikel 17.1 b", number="ärende 7"):
        return privacy_office.Case(association, number, "Begäran från den enskilde", login, ground)

    def told(self, number, association="alfa"):
        """Rows about the person, as the officer is told them."""
        return privacy_office.look_up(self.settings, self.case(association), number)

    def erase(self, number, association="alfa"):
        return privacy_office.erase(self.settings, self.case(association), number)

    def ask(self, statement, parameters=(), role="finsam_audit"):
        return self.warehouse.ask(role, statement, parameters)

    def open_rows(self, association="alfa"):
        """What models read: (pseudonym, withdrawn) in the order of the rows."""
        return self.ask(
            "select person_key, consent_withdrawn_date from raw_open.participants as r"
            " inner join ops.delivery as d on d.load_number = r._load_number where d.association_id = %s"
            " and d.state = 'accepted' order by d.period, r._row_number",
            (association,),
            role="finsam_gate",
        )
