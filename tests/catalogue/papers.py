"""Files as suppliers send them, good and bad: made by the libraries that write such files, then bent where it is told."""

import zlib
from io import BytesIO

from fpdf import FPDF
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    create_string_object,
)

SECRET = b"51.5007N,0.1246W Jane Doe"


def picture(form: str = "JPEG", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    """A picture whose left half is red and whose right half is white."""
    drawn = Image.new("RGB", size, "white")
    drawn.paste((200, 0, 0), (0, 0, size[0] // 2, size[1]))
    kept = BytesIO()
    drawn.save(kept, form, **more)
    return kept.getvalue()


def telling_picture(form: str) -> bytes:
    """A picture on its side that tells where and by whom it was taken, in every way the format knows."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[29] = SECRET.decode()
    more: dict[str, object] = {"exif": exif, "icc_profile": b"ICC " + SECRET}
    if form == "PNG":
        words = PngInfo()
        words.add_text("Comment", SECRET.decode())
        words.add_itxt("XML:com.adobe.xmp", SECRET.decode(), zip=True)
        more["pnginfo"] = words
    else:
        more["xmp"] = b"<x:xmpmeta>" + SECRET
    if form == "JPEG":
        more["comment"] = SECRET
    return picture(form, **more)


def moving_picture(form: str) -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    kept = BytesIO()
    frames[0].save(kept, form, save_all=True, append_images=frames[1:])
    return kept.getvalue()


def pdf() -> bytes:
    """A page as a test house prints it."""
    paper = FPDF()
    paper.add_page()
    paper.set_font("Helvetica", size=12)
    paper.cell(text="Sterilisation validation")
    return bytes(paper.output())


def written(writer: PdfWriter) -> bytes:
    kept = BytesIO()
    writer.write(kept)
    return kept.getvalue()


def copied() -> PdfWriter:
    return PdfWriter(clone_from=PdfReader(BytesIO(pdf())))


def with_script() -> bytes:
    """Named in the catalogue, where readers look for scripts when they open a file."""
    writer = copied()
    script = ArrayObject([create_string_object("first"), action("JavaScript", JS="app.alert(1)")])
    named = DictionaryObject({NameObject("/Names"): script})
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): named})
    return written(writer)


def action(kind: str, **more: object) -> DictionaryObject:
    named = {NameObject(f"/{name}"): create_string_object(str(value)) for name, value in more.items()}
    return DictionaryObject({NameObject("/S"): NameObject(f"/{kind}"), **named})


def with_action(kind: str, **more: object) -> bytes:
    """Done when the file is opened."""
    writer = copied()
    writer.root_object[NameObject("/OpenAction")] = action(kind, **more)
    return written(writer)


def with_action_on_a_note() -> bytes:
    """Done when somebody passes over a note on the page."""
    writer = copied()
    note = DictionaryObject(
        {
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/Rect"): ArrayObject([NumberObject(0)] * 4),
            NameObject("/AA"): DictionaryObject({NameObject("/E"): action("JavaScript", JS="app.alert(1)")}),
        }
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(note)])
    return written(writer)


def with_attachment() -> bytes:
    writer = copied()
    writer.add_attachment("program.exe", b"MZ")
    return written(writer)


def locked() -> bytes:
    writer = copied()
    writer.encrypt(user_password="", owner_password="o", algorithm="RC4-128")
    return written(writer)


def packed(objects: bytes, wrapping: bytes = b"/Filter/FlateDecode", around: bytes | None = None) -> bytes:
    """A PDF whose objects stand in a packed part, as newer programs write them."""
    inside = zlib.compress(objects) if around is None else around
    stream = b"<</Type/ObjStm/N 1/First 4%s/Length %d>>\nstream\n%s\nendstream" % (wrapping, len(inside), inside)
    head = b"%PDF-1.5\n1 0 obj\n" + stream + b"\nendobj\n"
    table = b"3 0 obj\n<</Type/XRef/Size 4/W[1 2 1]/Root 2 0 R/Length 0>>\nstream\n\nendstream\nendobj\n"
    return head + table + b"startxref\n%d\n%%%%EOF\n" % len(head)


def unpacking_to(size: int) -> bytes:
    """A small file that fills the memory of who unpacks it."""
    return packed(b"", around=zlib.compress(b" " * size))


SCRIPT_OBJECT = b"2 0 <</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"
CATALOG_OBJECT = b"2 0 <</Type/Catalog>>"
