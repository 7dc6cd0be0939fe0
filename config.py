"""Every setting of the shop, read from the environment and checked at the start; a wrong value stops it.
Outside the demo nothing that keeps money or people safe has a default. A secret may be a file: NAME_FILE.
"""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent
STRIPE_API = "https://api.stripe.com"
STRIPE_PAGE = "https://checkout.stripe.com"
LONDON = "Europe/London"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SHORTEST_KEY = 32
VAT_NUMBER = re.compile(r"(GB|XI)(\d{9}|\d{12})", re.ASCII)


class Setting(NamedTuple):
    """One row of the README's table. Without a default (None) it must be given outside the demo."""

    name: str
    default: str | None
    in_demo: str | None
    expected: str
    meaning: str


RANDOM = f"{SHORTEST_KEY} random characters or more"
SMTP = "smtp://user:password@host:port or smtps://…"
ROWS = "sqlite:///{INSTANCE_DIR}/shop.sqlite3"
SETTINGS = (
    Setting("DEMO", "0", "1", "0 or 1", "1 is the demo clinic: invented people, no real money, this machine only"),
    Setting("INSTANCE_DIR", "instance", "instance", "a folder", "Folder of the SQLite file and the demo's secrets"),
    Setting("DATABASE_URL", ROWS, ROWS, "sqlite:///… or postgresql://user:password@host/name", "The database"),
    Setting("SECRET_KEY", None, "", RANDOM, "Signs sessions and links"),
    Setting("SEALING_KEYS", None, "", RANDOM, "Seals pictures and papers of clients; during a change new,old"),
    Setting("HOST", "127.0.0.1", "127.0.0.1", "an address", "Where the web server listens"),
    Setting("PORT", "8000", "8000", "a port from 1 to 65534", "Its port; the demo's stand-in takes the next one"),
    Setting("PROXIES", "0", "0", "a number from 0 to 9", "How many proxies in front tell the client's address"),
    Setting("BASE_URL", None, "http://127.0.0.1:{PORT}", "https://… without a path", "The shop's address in links"),
    Setting("STRIPE_SECRET_KEY", None, "", "a Stripe key (sk_… or rk_…)", "Takes payments; the demo has a stand-in"),
    Setting("STRIPE_WEBHOOK_SECRETS", None, "", "whsec_…,whsec_…", "Prove webhooks; two during a change"),
    Setting("STRIPE_API_URL", "", "", "an address without a path", "In the demo alone: another stand-in"),
    Setting("MAIL_URL", None, "", SMTP, "Sends the mail; without it the demo keeps it at /demo"),
    Setting("MAIL_FROM", "{CLINIC_EMAIL}", "{CLINIC_EMAIL}", "an e-mail address", "Sender of the mail"),
    Setting("CLINIC_NAME", None, "Demo Skin Clinic", "a name", "The clinic's name on every page"),
    Setting("CLINIC_PHONE", None, "020 7946 0000", "a telephone number", "Shown wherever help is offered"),
    Setting("CLINIC_EMAIL", None, "clinic@example.org", "an e-mail address", "Where questions go"),
    Setting("CLINIC_ADDRESS", None, "1 Example Street, London", "an address", "Where parcels are collected"),
    Setting("CLINIC_VAT_NUMBER", None, "GB 000 0000 00", "GB and 9 or 12 digits", "Printed on every invoice"),
    Setting("TIME_ZONE", LONDON, LONDON, f"a time zone such as {LONDON}", "Where the clinic's days begin and end"),
    Setting("CLINIC_POLICY", "", "", "a TOML file", "The clinic's own numbers; without it the defaults hold"),
    Setting("CLINIC_DELIVERY", "", "", "a TOML file", "Its own ways, prices and countries of delivery"),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}
SECRETS = {"DATABASE_URL", "MAIL_URL", "SECRET_KEY", "SEALING_KEYS", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS"}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the shop was told at its start. Secrets do not show when it is printed."""

    demo: bool
    instance_dir: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    sealing_keys: tuple[str, ...] = field(repr=False)
    host: str
    port: int
    proxies: int
    base_url: str
    stripe_secret_key: str = field(repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False)
    stripe_api_url: str
    mail_url: str = field(repr=False)
    mail_from: str
    clinic_name: str
    clinic_phone: str
    clinic_email: str
    clinic_address: str
    clinic_vat_number: str
    time_zone: ZoneInfo
    clinic_policy: Path | None
    clinic_delivery: Path | None

    @property
    def payment_page(self) -> str:
        """The origin of the hosted payment page, which the content security policy has to name."""
        return self.stripe_api_url if self.uses_standin else STRIPE_PAGE

    @property
    def uses_standin(self) -> bool:
        return self.stripe_api_url != STRIPE_API


class WrongSettings(SystemExit):
    """The shop does not start; every wrong setting is named at once."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        lines = [f"  {name}: {problem}" for name, problem in problems.items()]
        super().__init__("\n".join(["The shop cannot start with these settings:", *lines]))
        self.problems = dict(problems)


class Environment:
    """Reads settings by name and keeps the first thing that is wrong with each."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.problems: dict[str, str] = {}
        self.is_demo = variables.get("DEMO", "").strip() == "1"

    def refuse(self, name: str, why: str = "") -> None:
        self.problems.setdefault(name, why or f"expected: {BY_NAME[name].expected}")

    def text(self, name: str) -> str:
        """The value as given, else the default. Refuses when there is neither, or when it is given twice."""
        value = self.variables.get(name, "").strip()
        file = self.variables.get(f"{name}_FILE", "").strip() if name in SECRETS else ""
        if value and file:
            self.refuse(name, f"given twice, here and as {name}_FILE")
        return (self.file(name, ROOT / file) if file else value) or self.default(name)

    def default(self, name: str) -> str:
        found = BY_NAME[name].in_demo if self.is_demo else BY_NAME[name].default
        if found is None:
            self.refuse(name)
        for other in re.findall(r"{(\w+)}", found or ""):
            value = str({"INSTANCE_DIR": self.path, "PORT": lambda _: self.port()}.get(other, self.text)(other))
            found = str(found).replace(f"{{{other}}}", value)
        return found or ""

    def file(self, name: str, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.refuse(name, f"{name}_FILE names {path}, which is no readable text file")
            return ""

    def path(self, name: str) -> Path:
        return ROOT / self.text(name)

    def url(self, name: str) -> str:
        value = self.text(name)
        if value and not is_origin(value):
            self.refuse(name)
        return value.rstrip("/")

    def number(self, name: str, lowest: int, highest: int) -> int:
        value = self.text(name)
        if value.isascii() and value.isdigit() and len(value) < 6 and lowest <= int(value) <= highest:
            return int(value)
        self.refuse(name)
        return lowest

    def port(self) -> int:
        return self.number("PORT", 1, 65534)

    def zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.text("TIME_ZONE"))
        except (ValueError, OSError, LookupError):
            self.refuse("TIME_ZONE")
            return ZoneInfo("UTC")


def read_settings(variables: Mapping[str, str] | None = None) -> Settings:
    """All settings. Refuses when one is wrong or missing, or would let the demo out of this machine."""
    env = Environment(os.environ if variables is None else variables)
    key = env.text("STRIPE_SECRET_KEY")
    api = f"http://127.0.0.1:{env.port() + 1}" if env.is_demo and not key else STRIPE_API
    settings = Settings(
        demo=env.is_demo,
        instance_dir=env.path("INSTANCE_DIR"),
        database_url=database_url(env),
        secret_key=secret_key(env),
        sealing_keys=several(env, "SEALING_KEYS", "sealing-key", least=SHORTEST_KEY),
        host=env.text("HOST"),
        port=env.port(),
        proxies=env.number("PROXIES", 0, 9),
        base_url=env.url("BASE_URL"),
        stripe_secret_key=key or "sk_test_standin",
        stripe_webhook_secrets=several(env, "STRIPE_WEBHOOK_SECRETS", "webhook-secret", "whsec_"),
        stripe_api_url=env.url("STRIPE_API_URL") or api,
        mail_url=env.text("MAIL_URL"),
        mail_from=env.text("MAIL_FROM"),
        clinic_name=env.text("CLINIC_NAME"),
        clinic_phone=env.text("CLINIC_PHONE"),
        clinic_email=env.text("CLINIC_EMAIL"),
        clinic_address=env.text("CLINIC_ADDRESS"),
        clinic_vat_number=env.text("CLINIC_VAT_NUMBER"),
        time_zone=env.zone(),
        clinic_policy=own_file(env, "CLINIC_POLICY"),
        clinic_delivery=own_file(env, "CLINIC_DELIVERY"),
    )
    check(env, settings)
    if env.problems:
        raise WrongSettings(env.problems)
    return settings


def is_origin(address: str) -> bool:
    try:
        parts = urlsplit(address)
        is_bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and is_bare and parts.port != 0
    except ValueError:
        return False


def database_url(env: Environment) -> str:
    value = env.text("DATABASE_URL")
    scheme, _, rest = value.partition("://")
    if scheme in ("postgres", "postgresql"):
        return f"postgresql+psycopg://{rest}"
    if scheme not in ("sqlite", "postgresql+psycopg"):
        env.refuse("DATABASE_URL")
    return value


def secret_key(env: Environment) -> str:
    given = env.text("SECRET_KEY")
    if given and len(given) < SHORTEST_KEY:
        env.refuse("SECRET_KEY")
    return given or (kept_secret(env.path("INSTANCE_DIR") / "secret-key") if env.is_demo else "")


def several(env: Environment, name: str, kept_as: str, prefix: str = "", least: int = 1) -> tuple[str, ...]:
    """Secrets with a comma between, each long enough and with its prefix; in the demo, without any, the one that is kept there."""
    found = tuple(part.strip() for part in env.text(name).split(",") if part.strip())
    if any(len(part) < least or not part.startswith(prefix) for part in found):
        env.refuse(name)
    return found or ((kept_secret(env.path("INSTANCE_DIR") / kept_as, prefix),) if env.is_demo else ())


def own_file(env: Environment, name: str) -> Path | None:
    given = env.text(name)
    if given and not (ROOT / given).is_file():
        env.refuse(name)
    return ROOT / given if given else None


def kept_secret(path: Path, prefix: str = "") -> str:
    """A secret of the demo: made at the first start, for its owner's eyes, the same for every process."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(prefix + secrets.token_urlsafe(48), encoding="utf-8")
        with suppress(FileExistsError):  # of two processes starting at once the first link stays, whole
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()


def check(env: Environment, settings: Settings) -> None:
    """What binds settings together: the demo stays on this machine, the real shop on https and at Stripe."""
    if env.text("DEMO") not in ("0", "1"):
        env.refuse("DEMO")
    if settings.mail_url and urlsplit(settings.mail_url).scheme not in ("smtp", "smtps"):
        env.refuse("MAIL_URL")
    if not VAT_NUMBER.fullmatch(settings.clinic_vat_number.replace(" ", "")):
        env.refuse("CLINIC_VAT_NUMBER")
    if settings.demo:
        check_demo(env, settings)
    else:
        check_shop(env, settings)


def check_shop(env: Environment, settings: Settings) -> None:
    if settings.base_url and not settings.base_url.startswith("https://"):
        env.refuse("BASE_URL")
    if not settings.stripe_secret_key.startswith(("sk_", "rk_")):
        env.refuse("STRIPE_SECRET_KEY")
    if settings.uses_standin:
        env.refuse("STRIPE_API_URL", f"outside the demo only {STRIPE_API}")


def check_demo(env: Environment, settings: Settings) -> None:
    if not is_origin(settings.base_url) or urlsplit(settings.base_url).hostname not in LOOPBACK:
        env.refuse("DEMO", "1 is for this machine only, and BASE_URL names another")
    if settings.host not in LOOPBACK:
        env.refuse("HOST", "the demo listens on this machine only: 127.0.0.1")
    if not settings.stripe_secret_key.startswith(("sk_test_", "rk_test_")):
        env.refuse("STRIPE_SECRET_KEY", "the demo moves no money: only a test key (sk_test_…)")
    if settings.uses_standin and urlsplit(settings.stripe_api_url).hostname not in LOOPBACK:
        env.refuse("STRIPE_API_URL", "in the demo only a stand-in on this machine")
