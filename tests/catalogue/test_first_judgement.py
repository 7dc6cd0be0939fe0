"""The project's own specification can be read and judges a dossier."""

from datetime import date

from catalogue.dossier_files import parse_dossier
from catalogue.specification import load
from catalogue.vetting import judge


def test_a_dossier_without_facts_is_incomplete_and_never_accepted() -> None:
    dossier = parse_dossier('[product]\nkind = "roller"\nsku = "RL-1"\nname = "Home roller"\n', "roller.toml")
    report = judge(dossier, load(), date(2026, 11, 22))
    assert report.verdict == "incomplete"
    assert {finding.verdict for finding in report.findings} == {"missing", "review"}
