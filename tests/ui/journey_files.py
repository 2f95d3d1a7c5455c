"""Documents for the journeys: a contract in Chinese, a manual in English, and a page that only a scanner has read."""

from __future__ import annotations

from pathlib import Path

import docx
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas


def chinese_contract(folder: Path) -> Path:
    document = docx.Document()
    document.add_heading("热气球租赁合同", level=1)
    document.add_heading("检查", level=2)
    document.add_paragraph("气囊由出租方每六个月检查一次，费用由出租方承担。")
    document.add_heading("飞行高度", level=2)
    document.add_paragraph("热气球的最大飞行高度是三千二百米。")
    path = folder / "热气球租赁合同.docx"
    document.save(str(path))
    return path


def english_manual(folder: Path) -> Path:
    path = folder / "Balloon Manual.pdf"
    canvas = Canvas(str(path))
    for title, text in (
        ("Inspection", "The envelope is inspected every twelve months by a licensed workshop."),
        ("Altitude", "The balloon may climb to 2,800 metres above sea level and no higher."),
    ):
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(72, 760, title)
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 730, text)
        canvas.showPage()
    canvas.save()
    return path


def scanned_note(folder: Path) -> Path:
    page = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(page)
    lines = ("DELIVERY NOTE", "Forty-two lanterns were delivered to the", "harbour warehouse on 9 March.")
    for number, line in enumerate(lines):
        draw.text((140, 180 + 90 * number), line, font=ImageFont.load_default(size=48), fill="black")
    path = folder / "Delivery Note.pdf"
    page.save(path, resolution=150)
    return path
