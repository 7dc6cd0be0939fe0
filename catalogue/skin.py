"""The layers of the skin that a needle is drawn against, in whole micrometres below the surface."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the skin as it is drawn: down to an average of many people, measured by the study at `source`."""

    name: str
    to_um: int
    study: str
    source: str


LAYERS = (
    Layer("horny layer", 14, "Tsugita and others 2013", "https://doi.org/10.1111/srt.12021"),
    Layer("epidermis", 100, "Xu and others 2017", "https://doi.org/10.1016/j.jaad.2017.06.009"),
)
