"""Several processes started, watched and ended as one. What fails is started again; whoever kills the one process outright
does not leave the others behind, because a leash of its own ends them."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

from config import ROOT

PATIENCE = 30.0  # seconds for what is in flight; a call to Stripe is given up long before
MOMENT = 0.05
AGAIN = 2.0


@dataclass
class Part:
    """One process of the shop, leader of its own group, so that whatever it starts ends with it."""

    name: str
    command: list[str]
    process: subprocess.Popen[str] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self, output: int | None = None) -> None:
        self.starts.append(time.monotonic())
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, start_new_session=True, text=True
        )

    def signal(self, number: int) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def end(self, is_hurried: Callable[[], bool], was_open: bool = True) -> None:
        """Asks it to finish, waits, and leaves nothing of its group behind. Of a shop that never opened nothing is in flight:
        it is asked again, because who is still starting may not hear the first word."""
        self.signal(signal.SIGTERM)
        asked, until = time.monotonic(), time.monotonic() + PATIENCE
        while not self.has_ended() and time.monotonic() < until and not is_hurried():
            if not was_open and time.monotonic() - asked > AGAIN:
                self.signal(signal.SIGTERM)
                asked = time.monotonic()
            time.sleep(MOMENT)
        self.signal(signal.SIGKILL)

    def keeps_failing(self) -> bool:
        """Three starts within a minute: the next would fail as well."""
        return len(self.starts) > 2 and time.monotonic() - self.starts[-3] < 60


class Leash:
    """A process that outlives this one only to end the parts, should this one be killed before it can."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "storefront.processes"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True, text=True)

    def tell(self, sign: str, part: Part) -> None:
        if self.process.stdin is not None and part.process is not None:
            with suppress(BrokenPipeError):
                print(f"{sign}{part.process.pid}", file=self.process.stdin, flush=True)

    def release(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()


def hold_leash() -> None:
    """The other end: reads which groups live until the pipe breaks, then ends those that are left."""
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for number, patience in ((signal.SIGTERM, PATIENCE), (signal.SIGKILL, 0.0)):
        groups = {group for group in groups if tell_group(group, number)}
        until = time.monotonic() + patience
        while groups and time.monotonic() < until:
            time.sleep(MOMENT)
            groups = {group for group in groups if tell_group(group, 0)}


def tell_group(group: int, number: int) -> bool:
    """Sends a signal to a group; false when nobody is left in it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


class Together:
    """The parts while they run, in the order in which they started."""

    def __init__(self, *, with_parent: bool = False) -> None:
        self.parts: list[Part] = []
        self.told_to_end = 0
        self.was_open = False
        self.parent = os.getppid() if with_parent else None
        self.leash = Leash()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.note_signal)

    def note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.told_to_end += 1

    def is_hurried(self) -> bool:
        return self.told_to_end > 1

    def must_end(self) -> bool:
        return self.told_to_end > 0 or (self.parent is not None and os.getppid() != self.parent)

    def start(self, *parts: Part) -> None:
        for part in parts:
            self.parts.append(part)
            part.start()
            self.leash.tell("+", part)

    @contextmanager
    def beside(self, part: Part | None) -> Iterator[None]:
        """One part runs for as long as something needs it, and is ended after that."""
        if part is not None:
            self.start(part)
        try:
            yield
        finally:
            if part is not None:
                self.parts.remove(part)
                part.end(self.is_hurried)
                self.leash.tell("-", part)

    def run(self, part: Part) -> str | None:
        """What a part says that ends by itself; None when it failed or the shop must end."""
        part.start(subprocess.PIPE)
        self.leash.tell("+", part)
        while not part.has_ended() and not self.must_end():
            time.sleep(MOMENT)
        if self.must_end():
            part.end(self.is_hurried)
        self.leash.tell("-", part)
        if part.process is None or part.process.stdout is None or part.process.returncode != 0:
            return None
        return part.process.stdout.read()

    def is_ready(self, address: str) -> bool:
        """Waits until the web server answers, whatever the answer is."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not self.must_end() and self.revive():
            with suppress(OSError):
                try:
                    urllib.request.urlopen(address, timeout=5).close()
                except urllib.error.HTTPError as answer:
                    answer.close()
                self.was_open = True
                return True
            time.sleep(MOMENT)
        return False

    def watch(self) -> bool:
        """Until somebody ends the shop; false when a part keeps failing."""
        while not self.must_end():
            if not self.revive():
                return False
            time.sleep(2 * MOMENT)
        return True

    def revive(self) -> bool:
        """Starts again what has ended by itself; false when there is no use in it."""
        for part in filter(Part.has_ended, self.parts):
            part.signal(signal.SIGKILL)  # what a dead leader left of its group
            self.leash.tell("-", part)
            if part.keeps_failing():
                say(f"The {part.name} keeps failing; what it said stands above.")
                return False
            say(f"The {part.name} has ended by itself; it is started again.")
            part.start()
            self.leash.tell("+", part)
        return True

    def end(self) -> None:
        """Last started, first ended; a second Ctrl-C does not wait for what is in flight."""
        for part in reversed(self.parts):
            part.end(self.is_hurried, self.was_open)
            self.leash.tell("-", part)
        self.leash.release()


def say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    hold_leash()
