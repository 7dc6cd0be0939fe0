"""The browser of the walks: the one that is here, else Debian's package where it may be installed, else Playwright's own. Chromium
without a window (its headless shell) comes first: it draws the same and needs a quarter less."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGE = "chromium-headless-shell"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


def found() -> str | None:
    """Where a browser is; CHROMIUM names one that lies elsewhere."""
    named = os.environ.get("CHROMIUM", "")
    for candidate in (named, *map(shutil.which, NAMES)):
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    own = playwrights_own()
    return own if os.access(own, os.X_OK) else None


def playwrights_own() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def debian_install() -> list[str] | None:
    """The command before apt-get where packages may be installed without asking anybody; None elsewhere."""
    release = Path("/etc/os-release")
    is_debian = release.exists() and "ID=debian" in release.read_text().splitlines()
    if not is_debian or not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    asked = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    return ["sudo", "-n"] if asked else None


def install() -> None:
    """Gets a browser. Both ways are tried before it gives up."""
    before = debian_install()
    if before is not None:
        print("Installing Debian's chromium (without a window) ...", flush=True)
        quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdin": subprocess.DEVNULL}
        subprocess.run([*before, "apt-get", "-qq", "update"], **quiet)
        subprocess.run([*before, "apt-get", "-qq", "install", "-y", "--no-install-recommends", PACKAGE], **quiet)
    if found() is None:
        print("Getting Playwright's chromium ...", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdin=subprocess.DEVNULL)


def main() -> int:
    if found() is None:
        install()
    if found() is None:
        print("A browser is missing: install Chromium, or name one with CHROMIUM=/path/to/chromium", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
