from __future__ import annotations

import pytest
from reportlab.pdfgen.canvas import Canvas

from ingest.parse import parse
from ingest.types import ParsedDocument

SENTENCE = "Order form of the shop, to be filled in by hand or on a screen."
NEXT = "The second page of the form holds nothing but this."


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> ParsedDocument:
    path = tmp_path_factory.mktemp("form") / "form.pdf"
    canvas = Canvas(str(path), pagesize=(600, 800))
    canvas.drawString(60, 700, SENTENCE)
    fields = canvas.acroForm
    at = {"x": 60, "width": 200, "height": 20}
    fields.textfield(name="a", tooltip="Delivery address:", value="8 Lake Road", y=600, **at)
    fields.textfield(name="form1[0].#subform[0].f1[0]", value="by courier", y=560, **at)
    fields.textfield(name="Remarks", value="", y=540, **at)
    fields.textfield(name="PIN", value="a secret", y=500, fieldFlags="password", **at)
    fields.checkbox(name="Gift wrap", checked=True, x=60, y=480)
    fields.checkbox(name="Express", checked=False, x=60, y=460)
    fields.radio(name="Payment", value="Invoice", selected=True, x=60, y=440)
    fields.radio(name="Payment", value="Card", selected=False, x=90, y=440)
    fields.choice(name="Size", value="Large", options=["Small", "Large"], y=400, **at)
    canvas.textAnnotation("Call before you come.", Rect=[300, 600, 320, 620])
    canvas.textAnnotation("Order form of  the shop", Rect=[300, 500, 320, 520])
    canvas.showPage()
    canvas.drawString(60, 700, NEXT)
    canvas.save()
    return parse(path, max_pages=9)


def _texts(document: ParsedDocument) -> list[str]:
    return [document.text[element.start : element.end] for element in document.elements]


def test_what_was_filled_in_is_read_with_the_names_of_the_fields_but_no_secret_and_nothing_empty(
    form: ParsedDocument,
) -> None:
    entered = ["Delivery address: 8 Lake Road", "by courier", "Gift wrap", "Payment: Invoice", "Size: Large"]
    assert _texts(form)[1:6] == entered


def test_a_note_is_read_unless_the_page_says_the_same(form: ParsedDocument) -> None:
    assert _texts(form)[6] == "Call before you come."
    assert form.text.count("Order form of") == 1


def test_what_was_added_to_a_page_follows_what_the_page_says_and_tells_its_place(form: ParsedDocument) -> None:
    assert (_texts(form)[0], _texts(form)[-1]) == (SENTENCE, NEXT)
    assert [element.page for element in form.elements] == [1] * 7 + [2]
    box = form.elements[1].box
    assert box is not None
    assert (box.left, box.bottom) == (pytest.approx(60 / 600, abs=0.01), pytest.approx(200 / 800, abs=0.01))
