"""Questions on tables, made up: what reading sets lack. Rows are written as those of uploaded tables are.

Each table has a kind, some of its columns and some of its rows; a question asks for one value in everyday words, in
either language, and a quarter ask for a row or a column that is not there. Nothing is taken from anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from ingest.parse.tables import table_lines

Value = Callable[[random.Random], tuple[str, str]]  # -> in Chinese, in English
HELD_OUT = frozenset({"诊所门诊"})  # kinds of table that are not learned from


@dataclass(frozen=True, slots=True)
class Question:
    """A question on a table's text; the answer is `passage[start:end]`, or there is none and both are -1."""

    text: str
    passage: str
    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Column:
    """Names, how people ask for its values ({} is the row), and the values."""

    zh: str
    en: str
    asked_zh: tuple[str, ...]
    asked_en: tuple[str, ...]
    value: Value


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table: its title, what its rows are called and which there are, its columns; names in zh and en."""

    title: tuple[str, str]
    row: tuple[str, str]
    rows: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]


def _amount(low: int, high: int, step: int, zh: str, en: str) -> Value:
    def value(chance: random.Random) -> tuple[str, str]:
        number = chance.randrange(low, high + 1, step)
        shown = f"{number:,}" if chance.random() < 0.3 else str(number)
        return (f"{shown}{zh}", f"{shown}{en}") if chance.random() < 0.7 else (shown, shown)

    return value


def _time(chance: random.Random) -> tuple[str, str]:
    begin = chance.randrange(6, 14)
    shown = f"{begin}:{chance.choice(('00', '15', '30', '45'))}"
    if chance.random() < 0.6:
        shown += f"–{begin + chance.randrange(2, 9)}:{chance.choice(('00', '30'))}"
    return shown, shown


def _number(*shapes: str) -> Value:
    def value(chance: random.Random) -> tuple[str, str]:
        shown = "".join(str(chance.randrange(10)) if c == "#" else c for c in chance.choice(shapes))
        return shown, shown

    return value


def _date(chance: random.Random) -> tuple[str, str]:
    year, month, day = chance.choice((2026, 2027)), chance.randrange(1, 13), chance.randrange(1, 29)
    return (
        f"{year} 年 {month} 月 {day} 日" if chance.random() < 0.5 else f"{year}-{month:02}-{day:02}",
        f"{year}-{month:02}-{day:02}",
    )


def _among(*values: tuple[str, str]) -> Value:
    return lambda chance: chance.choice(values)


PRICE_ASKED = (
    ("{}多少钱？", "{}要多少钱", "{}怎么收费？", "{}的价格是多少？", "{}贵不贵，多少钱？"),
    ("How much is the {}?", "What does the {} cost?", "What is the price of the {}?", "how much do I pay for the {}"),
)


def _price(low: int, high: int, step: int) -> Column:
    return Column("价格（元）", "Price (CNY)", *PRICE_ASKED, _amount(low, high, step, " 元", " yuan"))


PHONE = Column(
    "电话",
    "Phone",
    ("{}的电话是多少？", "怎么打电话给{}？", "{}号码多少"),
    ("What is the phone number of the {}?", "How do I call the {}?"),
    _number("8###", "021-5###-####", "400-###-####"),
)
PLACE = Column(
    "地点",
    "Location",
    ("{}在哪里？", "{}怎么找，在什么地方？", "去哪儿找{}？"),
    ("Where is the {}?", "Where do I find the {}?"),
    _among(
        ("东楼 302", "East wing 302"),
        ("一层大厅", "Main hall"),
        ("地下一层", "Basement 1"),
        ("西楼 118", "West wing 118"),
    ),
)
HOURS = Column(
    "时间",
    "Hours",
    ("{}几点开始？", "{}什么时候开？", "{}是几点到几点？"),
    ("When does the {} open?", "What time is the {}?", "What are the hours of the {}?"),
    _time,
)
SEATS = Column(
    "人数",
    "Capacity",
    ("{}能容纳多少人？", "{}最多几个人？", "{}坐得下多少人？"),
    ("How many people fit in the {}?", "How many does the {} hold?"),
    _amount(2, 90, 1, " 人", " people"),
)
STOCK = Column(
    "库存",
    "In stock",
    ("{}还有多少？", "{}还剩几件？", "{}有货吗，有多少？"),
    ("How many of the {} are left?", "How many of the {} are in stock?"),
    _amount(0, 900, 1, " 件", " pieces"),
)
LENGTH = Column(
    "时长",
    "Duration",
    ("{}要多久？", "{}需要多长时间？", "{}多少时间能完成？"),
    ("How long does the {} take?", "How long is the {}?"),
    _among(
        *((f"{n} 天", f"{n} days") for n in range(2, 30)), *((f"{n} 分钟", f"{n} minutes") for n in range(15, 95, 5))
    ),
)
DATE = Column(
    "截止日期",
    "Deadline",
    ("{}最晚什么时候交？", "{}截止到哪天？", "{}哪天到期？"),
    ("What is the deadline of the {}?", "By when is the {} due?"),
    _date,
)
LEADER = Column(
    "负责人",
    "Contact",
    ("{}找谁？", "{}由谁负责？", "谁管{}？"),
    ("Who is in charge of the {}?", "Whom do I ask about the {}?"),
    _among(
        ("周经理", "Ms Zhou"),
        ("前台", "the front desk"),
        ("技术部", "Engineering"),
        ("王老师", "Mr Wang"),
        ("财务", "Finance"),
    ),
)
WEIGHT = Column(
    "重量",
    "Weight",
    ("{}有多重？", "{}重多少？"),
    ("How heavy is the {}?", "What does the {} weigh?"),
    _amount(2, 480, 1, " kg", " kg"),
)


def _names(text: str) -> tuple[tuple[str, str], ...]:
    """ "单人间=single room, 双床房=twin room" as pairs."""
    pairs = (name.split("=") for name in text.split(", "))
    return tuple((zh, en) for zh, en in pairs)


def _kind(title: str, row: str, rows: str, *columns: Column) -> Kind:
    return Kind(_names(title)[0], _names(row)[0], _names(rows), columns)


KINDS = (
    _kind(
        "客房=Rooms",
        "房型=Room",
        "单人间=single room, 双床房=twin room, 家庭房=family room, 湖景套房=lake suite, 阁楼房=attic room",
        *(_price(180, 1900, 10), SEATS, PHONE, STOCK),
    ),
    _kind(
        "课程=Courses",
        "课程=Course",
        "陶艺=pottery course, 摄影=photography course, 书法=calligraphy course, 瑜伽=yoga course, 游泳=swimming course",
        *(_price(90, 3200, 10), HOURS, SEATS, LEADER, LENGTH),
    ),
    _kind(
        "零件=Spare parts",
        "名称=Part",
        "滤芯=filter, 水泵=water pump, 轴承=bearing, 控制板=control board, 密封圈=seal, 传感器=sensor, 皮带=belt",
        *(_price(5, 2600, 1), STOCK, WEIGHT, PLACE),
    ),
    _kind(
        "维修服务=Repairs",
        "项目=Service",
        "换屏幕=screen replacement, 换电池=battery replacement, 清洗=cleaning, 数据恢复=data recovery, 检测=inspection",
        *(_price(20, 990, 5), LENGTH, LEADER, DATE),
    ),
    _kind(
        "部门通讯录=Directory",
        "部门=Department",
        "人事部=personnel department, 采购部=purchasing department, 仓库=warehouse, 实验室=laboratory",
        *(PHONE, PLACE, LEADER, HOURS),
    ),
    _kind(
        "门票=Tickets",
        "票种=Ticket",
        "成人票=adult ticket, 儿童票=child ticket, 学生票=student ticket, 夜场票=evening ticket, 年卡=annual pass",
        *(_price(10, 880, 5), HOURS, DATE),
    ),
    _kind(
        "项目计划=Project plan",
        "任务=Task",
        "需求说明=requirements document, 原型=prototype, 验收=acceptance test, 年度报告=annual report, 培训=training",
        *(DATE, LEADER, LENGTH),
    ),
    _kind(
        "车辆=Vehicles",
        "车型=Vehicle",
        "小货车=van, 面包车=minibus, 叉车=forklift, 电动自行车=electric bicycle, 卡车=lorry",
        *(_price(40, 2400, 20), WEIGHT, SEATS, STOCK, PLACE),
    ),
    _kind(
        "诊所门诊=Clinics",
        "科室=Clinic",
        "牙科=dental clinic, 眼科=eye clinic, 儿科=children's clinic, 皮肤科=skin clinic, 体检=check-up",
        *(_price(15, 900, 5), HOURS, PHONE, PLACE, LEADER),
    ),
)


def questions(count: int, seed: int, *, held_out: bool = False) -> list[Question]:
    """`count` questions, each on a table of its own, from kinds that are learned from or from those held out."""
    chance = random.Random(seed)
    kinds = [kind for kind in KINDS if (kind.title[0] in HELD_OUT) == held_out]
    return [_question(chance.choice(kinds), chance) for _ in range(count)]


def _question(kind: Kind, chance: random.Random) -> Question:
    columns = chance.sample(kind.columns, chance.randint(2, len(kind.columns)))
    rows = chance.sample(kind.rows, chance.randint(3, len(kind.rows)))
    column, row = chance.choice(columns), chance.choice(rows)
    missing = chance.random()
    if missing < 0.12 and len(columns) > 1:
        columns = [c for c in columns if c is not column]
    elif missing < 0.25:
        rows = [r for r in rows if r is not row]
    chinese, style = chance.random() < 0.5, chance.choice(("zh", "en", "both"))
    cells = [[_shown(row_name, style), *(_shown(c.value(chance), style) for c in columns)] for row_name in rows]
    header = [_shown(kind.row, style), *(_shown((c.zh, c.en), style) for c in columns)]
    lines = table_lines([header, *cells], has_header=True)
    text, title = "\n".join(lines), _shown(kind.title, style)
    asked = chance.choice(column.asked_zh if chinese else column.asked_en).format(row[0] if chinese else row[1])
    if column not in columns or row not in rows:
        return Question(asked, text, title, -1, -1)
    at = rows.index(row)
    place = columns.index(column) + 1
    above = lines[: len(lines) - len(rows) + at]
    start = sum(len(line) + 1 for line in above) + _value_start(lines[len(above)], header[place])
    return Question(asked, text, title, start, start + len(cells[at][place]))


def _value_start(line: str, name: str) -> int:
    """Where the value that is called `name` begins: behind a full-width colon, or a colon and a space."""
    end = line.index(name) + len(name)
    return end + (1 if line[end] == "：" else 2)


def _shown(name: tuple[str, str], style: str) -> str:
    zh, en = name
    if style == "both":
        return zh if zh == en else f"{zh} {en}"
    return zh if style == "zh" else en
