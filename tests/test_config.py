"""Settings: what stops the start, what the demo may leave out, and what it may never touch."""

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import request

import config
from storefront.app import create_app

SHOP = {
    "SECRET_KEY": "k" * 32,
    "SEALING_KEYS": "s" * 32,
    "BASE_URL": "https://shop.example.org",
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_WEBHOOK_SECRETS": "whsec_new, whsec_old",
    "MAIL_URL": "smtp://shop:word@mail.example.org:587",
    "CLINIC_NAME": "Clinic",
    "CLINIC_PHONE": "0161 496 0000",
    "CLINIC_EMAIL": "hello@example.org",
    "CLINIC_ADDRESS": "2 Example Street, Leeds",
    "CLINIC_VAT_NUMBER": "GB 123 4567 89",
}


@pytest.fixture
def demo(tmp_path: Path) -> dict[str, str]:
    return {"DEMO": "1", "INSTANCE_DIR": str(tmp_path / "instance")}


def problems(variables: Mapping[str, str]) -> dict[str, str]:
    with pytest.raises(config.WrongSettings) as stopped:
        config.read_settings(variables)
    assert stopped.value.code not in (None, 0)
    return stopped.value.problems


def test_complete_shop_starts() -> None:
    settings = config.read_settings(SHOP)
    assert not settings.demo
    assert settings.stripe_api_url == "https://api.stripe.com"
    assert settings.payment_page == "https://checkout.stripe.com"
    assert settings.stripe_webhook_secrets == ("whsec_new", "whsec_old")
    assert settings.mail_from == "hello@example.org"
    assert settings.database_url == f"sqlite:///{config.ROOT}/instance/shop.sqlite3"
    assert settings.clinic_policy is None


@pytest.mark.parametrize("name", sorted(SHOP))
def test_shop_does_not_start_without(name: str) -> None:
    assert set(problems({key: value for key, value in SHOP.items() if key != name})) == {name}


def test_everything_missing_is_named_at_once() -> None:
    assert set(problems({})) == set(SHOP)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEMO", "yes"),
        ("SECRET_KEY", "k" * 31),
        ("SEALING_KEYS", f"{'s' * 32}, {'t' * 31}"),
        ("DATABASE_URL", "mysql://localhost/shop"),
        ("BASE_URL", "http://shop.example.org"),
        ("BASE_URL", "https://shop.example.org/shop"),
        ("BASE_URL", "https://somebody@shop.example.org"),
        ("BASE_URL", "https://[shop"),
        ("BASE_URL", "shop.example.org"),
        ("PORT", "0"),
        ("PORT", "65535"),
        ("PORT", "eighty"),
        ("PORT", "٨٠"),
        ("PROXIES", "-1"),
        ("PROXIES", "10"),
        ("STRIPE_SECRET_KEY", "pk_live_1"),
        ("STRIPE_WEBHOOK_SECRETS", "whsec_1,secret"),
        ("STRIPE_API_URL", "http://127.0.0.1:8001"),
        ("STRIPE_API_URL", "https://api.stripe.com.example.org"),
        ("MAIL_URL", "mail.example.org"),
        ("TIME_ZONE", "London"),
        ("TIME_ZONE", "../etc/passwd"),
        ("CLINIC_POLICY", "no/such/policy.toml"),
        ("CLINIC_DELIVERY", "no/such/delivery.toml"),
    ],
)
def test_wrong_value_stops_the_start_and_names_the_setting(name: str, value: str) -> None:
    assert set(problems({**SHOP, name: value})) == {name}


def test_message_names_the_variable_and_what_is_expected() -> None:
    with pytest.raises(config.WrongSettings, match="TIME_ZONE: expected: a time zone such as Europe/London"):
        config.read_settings({**SHOP, "TIME_ZONE": "Mars"})


def test_secret_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("f" * 40 + "\n")
    variables = {**SHOP, "SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")}
    assert config.read_settings(variables).secret_key == "f" * 40


def test_secret_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("f" * 40)
    assert set(problems({**SHOP, "SECRET_KEY_FILE": str(tmp_path / "key")})) == {"SECRET_KEY"}


def test_missing_secret_file_is_named(tmp_path: Path) -> None:
    found = problems({**SHOP, "SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "none")})
    assert str(tmp_path / "none") in found["SECRET_KEY"]


def test_only_secrets_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "name").write_text("Elsewhere")
    settings = config.read_settings({**SHOP, "CLINIC_NAME_FILE": str(tmp_path / "name")})
    assert settings.clinic_name == "Clinic"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_through_psycopg(scheme: str) -> None:
    settings = config.read_settings({**SHOP, "DATABASE_URL": f"{scheme}://shop:word@db/shop"})
    assert settings.database_url == "postgresql+psycopg://shop:word@db/shop"


def test_secrets_do_not_show_when_printed() -> None:
    shown = repr(config.read_settings({**SHOP, "DATABASE_URL": "postgresql://shop:word@db/shop"}))
    assert "word" not in shown
    assert "sk_live" not in shown
    assert "whsec" not in shown
    assert SHOP["SECRET_KEY"] not in shown


def test_demo_needs_nothing(demo: dict[str, str]) -> None:
    settings = config.read_settings(demo)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.stripe_api_url == settings.payment_page == "http://127.0.0.1:8001"
    assert settings.uses_standin
    assert settings.database_url == f"sqlite:///{demo['INSTANCE_DIR']}/shop.sqlite3"


def test_demo_port_moves_the_standin_too(demo: dict[str, str]) -> None:
    settings = config.read_settings({**demo, "PORT": "9100"})
    assert (settings.base_url, settings.stripe_api_url) == ("http://127.0.0.1:9100", "http://127.0.0.1:9101")


def test_demo_secrets_are_made_once_for_their_owner_alone(demo: dict[str, str]) -> None:
    first, second = config.read_settings(demo), config.read_settings(demo)
    assert first.secret_key == second.secret_key
    assert first.sealing_keys == second.sealing_keys != (first.secret_key,)
    assert first.stripe_webhook_secrets == second.stripe_webhook_secrets
    assert first.stripe_webhook_secrets[0].startswith("whsec_")
    kept = sorted(Path(demo["INSTANCE_DIR"]).iterdir())
    assert [path.name for path in kept] == ["sealing-key", "secret-key", "webhook-secret"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in kept] == [0o600] * 3


def test_a_secret_made_meanwhile_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret-key"
    path.write_text("theirs")
    monkeypatch.setattr(Path, "exists", lambda self: False)
    assert config.kept_secret(path) == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_wrong_port_is_the_only_thing_named(demo: dict[str, str]) -> None:
    with pytest.raises(config.WrongSettings) as wrong:
        config.read_settings({**demo, "PORT": "abc"})
    assert set(wrong.value.problems) == {"PORT"}


def test_demo_with_a_test_key_talks_to_stripe(demo: dict[str, str]) -> None:
    settings = config.read_settings({**demo, "STRIPE_SECRET_KEY": "sk_test_1"})
    assert settings.stripe_api_url == "https://api.stripe.com"


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("BASE_URL", "http://192.0.2.1:8000", "DEMO"),
        ("BASE_URL", "https://shop.example.org", "DEMO"),
        ("BASE_URL", "http://127.0.0.1.example.org", "DEMO"),
        ("HOST", "0.0.0.0", "HOST"),
        ("STRIPE_SECRET_KEY", "sk_live_1", "STRIPE_SECRET_KEY"),
        ("STRIPE_API_URL", "http://192.0.2.1:8001", "STRIPE_API_URL"),
    ],
)
def test_demo_stays_on_this_machine(demo: dict[str, str], name: str, value: str, named: str) -> None:
    assert set(problems({**demo, name: value})) == {named}


def test_every_field_has_its_setting() -> None:
    fields = {name.upper() for name in config.Settings.__dataclass_fields__}
    assert fields == {setting.name for setting in config.SETTINGS}
    assert set(config.BY_NAME) >= config.SECRETS


@pytest.mark.parametrize(("proxies", "seen"), [("0", "127.0.0.1"), ("1", "192.0.2.7"), ("2", "192.0.2.9")])
def test_a_client_is_known_by_the_address_that_our_own_proxies_tell(
    demo: dict[str, str], proxies: str, seen: str
) -> None:
    app = create_app(config.read_settings({**demo, "PROXIES": proxies}))
    told: list[str | None] = []
    app.before_request_funcs[None] = [lambda: told.append(request.remote_addr)]
    app.test_client().get("/static/robots", headers={"X-Forwarded-For": "192.0.2.9, 192.0.2.7"})
    assert told == [seen]
