"""`python -m catalogue vet`: exit codes, the report in print and as JSON, and files that are no dossiers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalogue.__main__ import main
from tests.catalogue.cases import CASES

ROLLER, SERUM = str(CASES / "accepted_roller.toml"), str(CASES / "accepted_serum.toml")
ON_THE_DAY = ["--today", "2026-11-22"]


@pytest.fixture
def rejected(tmp_path: Path) -> str:
    path = tmp_path / "long.toml"
    text = Path(ROLLER).read_text(encoding="utf-8")
    path.write_text(text.replace("needle_length_nominal = 0.20", "needle_length_nominal = 0.5"), encoding="utf-8")
    return str(path)


@pytest.fixture
def broken(tmp_path: Path) -> str:
    path = tmp_path / "broken.toml"
    path.write_text('[product]\nkind = "roller"\nsku = "RL-1"\nprice = 34.0\nname = "R"\n', encoding="utf-8")
    return str(path)


def test_exit_is_0_when_every_dossier_is_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vet", ROLLER, SERUM, *ON_THE_DAY]) == 0
    printed = capsys.readouterr().out
    assert "RL-020  Home roller 0.20: ACCEPTED" in printed
    assert "accepted up to and including 2026-12-02" in printed
    assert "EU lists of May 2024" in printed


def test_exit_is_1_when_one_is_rejected(rejected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vet", ROLLER, rejected, *ON_THE_DAY]) == 1
    printed = capsys.readouterr().out
    assert "REJECTED" in printed
    assert "(found 0.5 mm; demanded: at most 0.25 mm)" in printed


def test_exit_is_1_when_one_has_lapsed() -> None:
    assert main(["vet", ROLLER, "--today", "2026-12-02"]) == 0
    assert main(["vet", ROLLER, "--today", "2026-12-03"]) == 1


def test_exit_is_2_when_a_file_is_no_dossier_and_the_others_are_judged(
    rejected: str, broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "nowhere.toml")
    assert main(["vet", broken, nowhere, rejected, ROLLER, "--json", *ON_THE_DAY]) == 2
    out, err = capsys.readouterr()
    assert [json.loads(line)["verdict"] for line in out.splitlines()] == ["rejected", "accepted"]
    assert f"{broken}, line 4: price is not a text" in err
    assert nowhere in err


def test_json_is_one_object_on_each_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vet", ROLLER, SERUM, "--json", *ON_THE_DAY]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert list(first) == ["sku", "kind", "specification", "today", "verdict", "findings"]
    assert (first["sku"], first["kind"], first["specification"]) == ("RL-020", "roller", "2026.1")
    assert (first["today"], first["verdict"], second["kind"]) == ("2026-11-22", "accepted", "serum")
    assert first["findings"][2] == {
        "rule": "R-LEN-01",
        "verdict": "pass",
        "found": "0.2 mm",
        "demanded": "at most 0.25 mm",
        "proof": "RL-DATASHEET",
    }


def test_another_specification_may_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = (Path(__file__).parents[2] / "catalogue" / "safety" / "specification.toml").read_text(encoding="utf-8")
    stricter = tmp_path / "stricter.toml"
    stricter.write_text(own.replace("limit = 0.25\nunit", "limit = 0.15\nunit").replace("2026.1", "2027.1"))
    assert main(["vet", ROLLER, "--specification", str(stricter), "--json", *ON_THE_DAY]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["specification"], report["verdict"]) == ("2027.1", "rejected")


def test_an_unsound_specification_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unsound = tmp_path / "unsound.toml"
    unsound.write_text('version = "1"\n')
    assert main(["vet", ROLLER, "--specification", str(unsound)]) == 2
    assert "unsound.toml: in_force_from must be a date" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["vet"], ["vet", ROLLER, "--today", "22.11.2026"], ["sell", ROLLER]])
def test_what_is_not_understood_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_facts_nobody_asks_for_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "roller.toml"
    path.write_text(Path(ROLLER).read_text(encoding="utf-8").replace("[facts]", '[facts]\ncolour = "rose"'))
    assert main(["vet", str(path), *ON_THE_DAY]) == 0
    assert "not asked for  colour" in capsys.readouterr().out


def test_the_command_runs_by_itself_without_the_shop() -> None:
    """Neither Flask nor SQLAlchemy is loaded to judge a file by hand."""
    code = (
        "import sys; from catalogue.__main__ import main; "
        f"code = main(['vet', {ROLLER!r}, '--today', '2026-11-22']); "
        "assert not {'flask', 'sqlalchemy'} & sys.modules.keys(); sys.exit(code)"
    )
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    assert subprocess.run([sys.executable, "-c", code], cwd=root, env=env, check=False).returncode == 0
    ran = [sys.executable, "-m", "catalogue", "vet", ROLLER, "--today", "2026-12-03"]
    assert subprocess.run(ran, cwd=root, env=env, capture_output=True, check=False).returncode == 1


def test_a_reader_who_stops_early_sees_no_fault_of_ours() -> None:
    """`python -m catalogue vet … | head -1`: the pipe is closed before the report is printed."""
    reading, writing = os.pipe()
    os.close(reading)
    asked = [sys.executable, "-m", "catalogue", "vet", ROLLER, *ON_THE_DAY]
    ran = subprocess.run(asked, cwd=Path(__file__).parents[2], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (2, b"")


def test_a_file_without_end_is_refused_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vet", "/dev/zero", *ON_THE_DAY]) == 2
    assert "/dev/zero: too large for a dossier" in capsys.readouterr().err
