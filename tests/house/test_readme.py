"""The README tells every setting, with what holds without it."""

import pytest

import config
from tests.house import code


@pytest.mark.parametrize("setting", config.SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_readme(setting: config.Setting) -> None:
    without = "must be given" if setting.default is None else f"`{setting.default}`" if setting.default else "none"
    row = f"| `{setting.name}` | {without} |"
    assert any(line.startswith(row) for line in code.text("README.md").splitlines()), f"no line begins with {row}"


def test_the_readme_tells_of_no_setting_that_is_gone() -> None:
    told = [line.split("`")[1] for line in code.text("README.md").splitlines() if line.startswith("| `")]
    assert [name for name in told if name.isupper() and name not in config.BY_NAME] == []
