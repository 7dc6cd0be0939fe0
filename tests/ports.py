"""Free ports for processes that the tests start. Taken from below the range that the machine lends to outgoing connections, so
that nobody is given one by chance between the asking and the using."""

import os
import random
import socket

_LOWEST, _HIGHEST = 20_000, 32_000
_chance = random.Random(os.urandom(8))


def free_port(neighbours: int = 0) -> int:
    """A port on which nobody listens, with as many free ones after it."""
    while True:
        port = _chance.randrange(_LOWEST, _HIGHEST)
        if all(_is_free(port + beside) for beside in range(neighbours + 1)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
