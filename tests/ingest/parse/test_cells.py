from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from ingest.parse.cells import shown


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.1 + 0.2, "General", "0.3"),
        (1234.5, '"$"#,##0.00', "$1,234.50"),
        (1234.5, "[$¥-804]#,##0.00", "¥1,234.50"),
        (-1234.5, "#,##0.00_);[Red](#,##0.00)", "(1,234.50)"),
        (-5, "0", "-5"),
        (0.1534, "0.0%", "15.3%"),
        (0.15, "0%", "15%"),
        (7, "000", "007"),
        (1_000_000, '0.0,,"M"', "1.0M"),
        (128, '0" 元"', "128 元"),
        (128, 'General"元"', "128"),
        (0, '#,##0;-#,##0;"—"', "—"),
        (1.5, "# ?/?", "1.5"),
        (1e300, "0", "1e+300"),
        (True, "General", "TRUE"),
        (None, "0", ""),
        ("007", "0", "007"),
    ],
)
def test_numbers_are_written_as_their_format_shows_them(value: object, number_format: str, text: str) -> None:
    assert shown(value, number_format) == text


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (datetime(2026, 3, 1), 'yyyy"年"m"月"d"日"', "2026年3月1日"),
        (datetime(2026, 3, 1), '[$-804]yyyy"年"m"月"d"日" aaaa', "2026年3月1日 星期日"),
        (datetime(2026, 3, 1, 14, 5), "yyyy/m/d h:mm", "2026/3/1 14:05"),
        (datetime(2026, 3, 1, 14, 5), "yyyy-mm-dd h:mm AM/PM", "2026-03-01 2:05 PM"),
        (datetime(2026, 3, 1), "mmm\\-yy", "Mar-26"),
        (datetime(2026, 3, 1), "mm-dd-yy", "2026-03-01"),
        (datetime(2026, 3, 1, 14, 5), "m/d/yy h:mm", "2026-03-01 14:05:00"),
        (time(9, 30), "h:mm", "09:30"),
        (timedelta(hours=26, minutes=5), "[h]:mm", "26:05"),
    ],
)
def test_dates_are_shown_unless_their_order_depends_on_the_country(
    value: object, number_format: str, text: str
) -> None:
    assert shown(value, number_format) == text
