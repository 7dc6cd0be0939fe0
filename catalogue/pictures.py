"""Pictures drawn anew from their pixels: nothing of the file that came is kept, so no place, no name, no profile and nothing
hidden behind the picture comes with it. How many points a picture may have is asked before one of them is unpacked."""

from io import BytesIO

from PIL import Image, ImageOps

from catalogue.verdicts import Refused

MOST_POINTS = 20_000_000  # an A4 page at 450 dots to the inch
MOST_PASSES = 100  # a camera makes a dozen; each is a walk over the whole picture
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
_QUALITY = {"JPEG": {"quality": 90}, "WEBP": {"quality": 90, "method": 2}, "PNG": {}}


def redrawn(name: str, content: bytes, media_type: str) -> bytes:
    """The picture upright, in the same format, and nothing else. The same bytes always give the same picture.

    Refuses when it has too many points, moves, or cannot be drawn to its end.
    """
    form = FORMATS[media_type]
    try:
        picture = Image.open(BytesIO(content), formats=(form,))
        _refuse_unfit(name, picture, content)
        drawn = _upright(picture)
        kept = BytesIO()
        drawn.save(kept, form, **_QUALITY[form])
    except Refused:
        raise
    except Exception as error:  # whatever a decoder makes of bytes that want to break it
        raise Refused.because(
            "document-broken", f"{name} cannot be drawn to its end.", "the supplier", "Send the whole picture again."
        ) from error
    return kept.getvalue()


def _refuse_unfit(name: str, picture: Image.Image, content: bytes) -> None:
    if picture.width * picture.height > MOST_POINTS:
        text = f"{name} has {picture.width} × {picture.height} points; {MOST_POINTS // 10**6} million are the most."
        raise Refused.because("document-points", text, "the supplier", "Save it smaller.")
    if picture.format in ("JPEG", "MPO") and content.count(b"\xff\xda") > MOST_PASSES:
        text = f"{name} is drawn in more than {MOST_PASSES} passes."
        raise Refused.because("document-passes", text, "the supplier", "Save the picture anew.")
    if picture.format != "MPO" and getattr(picture, "is_animated", False):
        raise Refused.because("document-moves", f"{name} is a moving picture.", "the supplier", "Send a still one.")


def _upright(picture: Image.Image) -> Image.Image:
    """The pixels in plain grey or colour, turned as the camera meant them, without a word of what came with them."""
    is_grey = picture.mode in ("1", "L", "LA") and "transparency" not in picture.info
    is_clear = picture.has_transparency_data
    mode = ("LA" if is_clear else "L") if is_grey and picture.format == "PNG" else "RGBA" if is_clear else "RGB"
    ImageOps.exif_transpose(picture, in_place=True)
    drawn = picture if picture.mode == mode else picture.convert(mode)
    drawn.info.clear()
    return drawn
