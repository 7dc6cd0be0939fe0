"""What people type or paste into a field, made plain: without the byte that no database takes, and without stray space."""


def one_line(text: str | None) -> str:
    """All of it in one line, a single space between words."""
    return " ".join((text or "").replace("\0", " ").split())


def trimmed(text: str | None) -> str:
    """Its lines as they are, ended as we end them; nothing before the first and after the last."""
    return (text or "").replace("\r\n", "\n").replace("\0", "").strip()
