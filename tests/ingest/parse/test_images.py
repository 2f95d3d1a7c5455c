from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from ingest.errors import BrokenDocument, UnsupportedDocument
from ingest.parse import images, parse
from ingest.parse.options import ReadOptions
from tests.ingest.parse.checks import outline
from tests.ingest.parse.pictures import needs_chinese_font, picture

OPTIONS = ReadOptions(max_pages=3)
HOURS = "The shop opens at nine in the morning"
WIFI = "无线网络密码是晴川湖"


def _saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


@needs_chinese_font
def test_a_screenshot_in_both_languages_is_read_with_the_place_of_each_paragraph(tmp_path: Path) -> None:
    path = _saved(tmp_path / "a.png", picture([(50, 60, HOURS), (50, 260, WIFI)]))
    document = images.read(path, OPTIONS)
    assert outline(document) == [("paragraph", (), HOURS), ("paragraph", (), WIFI)]
    boxes = [element.box for element in document.elements if element.box is not None]
    places = [coordinate for box in boxes for coordinate in (box.left, box.top)]
    assert places == pytest.approx([50 / 900, 60 / 400, 50 / 900, 260 / 400], abs=0.04)
    assert (document.page_count, document.notices) == (1, ())


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.heic", "a.hif", "a.bmp", "a.gif"])
def test_every_format_is_read(tmp_path: Path, name: str) -> None:
    options = {}
    if name.endswith(images.HEIF):
        from pillow_heif import register_heif_opener

        register_heif_opener()
        options = {"format": "HEIF"}
    path = _saved(tmp_path / name, picture([(50, 60, HOURS)], size=(760, 160)), **options)
    assert parse(path, max_pages=3).text == HOURS


def test_each_page_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    first, second = (picture([(50, 60, f"Fax {word}")], size=(400, 160)) for word in ("one", "two"))
    path = _saved(tmp_path / "a.tiff", first.convert("1"), save_all=True, append_images=[second.convert("1")])
    document = images.read(path, OPTIONS)
    assert (document.text, [element.page for element in document.elements]) == ("Fax one\n\nFax two", [1, 2])
    with pytest.raises(BrokenDocument, match="2 pages; the limit is 1"):
        images.read(path, ReadOptions(max_pages=1))


def test_a_photo_is_set_upright_by_its_camera_or_by_its_text(tmp_path: Path) -> None:
    lines = [(50, 60, HOURS), (50, 200, "and closes at nine in the evening")]
    image = picture(lines, size=(760, 320))
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: the camera was held turned to the right
    by_camera = _saved(tmp_path / "a.jpg", image.rotate(90, expand=True), exif=exif)
    assert images.read(by_camera, OPTIONS).text.startswith(HOURS)
    document = images.read(_saved(tmp_path / "b.png", image.rotate(90, expand=True)), OPTIONS)
    assert document.text.startswith(HOURS)
    box = document.elements[0].box
    assert box is not None
    assert box.bottom - box.top > box.right - box.left  # as the file is displayed, on its side


def test_white_text_on_nothing_is_read(tmp_path: Path) -> None:
    black_on_white = picture([(50, 60, HOURS)], size=(760, 160)).convert("L")
    image = Image.new("RGBA", black_on_white.size, (255, 255, 255, 0))
    image.putalpha(black_on_white.point(lambda value: 255 - value))
    assert images.read(_saved(tmp_path / "a.png", image), OPTIONS).text == HOURS


def test_a_tall_screenshot_is_not_shrunk_and_keeps_its_order(tmp_path: Path) -> None:
    lines = [(40, 40 + 300 * i, f"Step {i + 1} of the guide") for i in range(10)]
    path = _saved(tmp_path / "a.png", picture(lines, size=(400, 3000)))
    assert images.read(path, OPTIONS).text.split("\n\n") == [text for _, _, text in lines]


def test_columns_are_read_one_after_the_other_and_tables_by_rows(tmp_path: Path) -> None:
    left = ["Tea is served in the garden,", "coffee in the hall. Cakes", "are baked every morning."]
    right = ["Guests may bring a dog,", "which has to stay outside", "while there is music."]
    columns = [(x, 60 + 45 * i, text) for x, side in ((40, left), (620, right)) for i, text in enumerate(side)]
    text = images.read(_saved(tmp_path / "a.png", picture(columns, size=(1180, 260))), OPTIONS).text
    assert " ".join(text.split()) == " ".join([*left, *right])
    rows = [("Tea", "15", "9"), ("Milk", "80", "40"), ("Cake", "35", "22")]
    cells = [(60 + 300 * j, 60 + 60 * i, cell) for i, row in enumerate(rows) for j, cell in enumerate(row)]
    table = images.read(_saved(tmp_path / "b.png", picture(cells)), OPTIONS)
    assert outline(table) == [("table", (), "Tea | 15 | 9\nMilk | 80 | 40\nCake | 35 | 22")]


def test_a_picture_without_text_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(BrokenDocument, match="No text was recognised"):
        images.read(_saved(tmp_path / "a.png", picture([])), OPTIONS)


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = _saved(tmp_path / "a.png", Image.new("1", (20_000, 10_000)))
    with pytest.raises(BrokenDocument, match=r"20,000 x 10,000 = 200,000,000 pixels; the limit is 100,000,000"):
        images.read(path, OPTIONS)


def test_with_recognising_off_the_switch_is_named(tmp_path: Path) -> None:
    path = _saved(tmp_path / "a.png", picture([]))
    with pytest.raises(UnsupportedDocument, match="DOCENT_OCR=true"):
        images.read(path, ReadOptions(max_pages=1, ocr=False))
