"""What a sample department finds about a person in its own system: made up, and the same each time."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Final

from portal.demo.city.records import Citizen, Dataset

Make = Callable[[Random, int], str]  # a source of chance, and the number of the row
MOST_ROWS: Final = 6
TIMED: Final = frozenset({"income-year", "paid-on", "claim-date", "visit-date"})  # an item that makes a row one of many

EMPLOYERS = ("临江市江畔软件有限公司", "临江市第一中学", "临江长风物流有限公司", "临江市青禾食品厂")
KINDS = ("工资薪金所得", "工资薪金所得", "工资薪金所得", "劳务报酬所得")
DEDUCTIONS = ("子女教育", "赡养老人", "住房贷款利息", "住房租金")


def _amount(low: int, high: int) -> Make:
    return lambda chance, _row: f"{chance.randint(low * 100, high * 100) / 100:.2f}"


def _one_of(*values: str) -> Make:
    return lambda chance, _row: chance.choice(values)


def _number(prefix: str, digits: int) -> Make:
    return lambda chance, _row: prefix + "".join(str(chance.randint(0, 9)) for _ in range(digits))


def _day(chance: Random, row: int) -> str:
    return (date(2026, 10, 28) - timedelta(days=31 * row + chance.randint(0, 20))).isoformat()


def _year(_chance: Random, row: int) -> str:
    return str(2025 - row)


def _income(chance: Random, row: int) -> str:
    return f"{168_000 - 9_000 * row + chance.randint(-3_000_00, 3_000_00) / 100:.2f}"


def _masked_phone(chance: Random, _row: int) -> str:
    return f"1{chance.choice('3578')}{chance.randint(0, 9)}****{chance.randint(0, 9999):04d}"


MAKERS: Final[Mapping[str, Make]] = {
    "income-year": _year,
    "income-kind": _one_of(*KINDS),
    "income-amount": _income,
    "tax-paid": _amount(1_200, 4_800),
    "tax-amount": _amount(0, 900),
    "taxable-value": _amount(600_000, 2_400_000),
    "deduction-kind": _one_of(*DEDUCTIONS),
    "deduction-amount": _amount(6_000, 24_000),
    "settlement-status": _one_of("已办结", "无需办理"),
    "arrears": _one_of("否"),
    "contribution-base": _amount(4_800, 21_000),
    "premium-paid": _amount(380, 1_700),
    "employer": _one_of(*EMPLOYERS),
    "taxpayer-number": _number("3310991", 11),
    "contract-number": _number("LJ", 10),
    "fund-account": _number("331099", 6),
    "monthly-deposit": _amount(600, 4_200),
    "fund-balance": _amount(3_000, 180_000),
    "deposit-status": _one_of("正常"),
    "withdrawal-reason": _one_of("租房", "购房", "离退休"),
    "withdrawal-amount": _amount(1_200, 60_000),
    "loan-amount": _amount(300_000, 800_000),
    "loan-balance": _amount(100_000, 300_000),
    "loan-status": _one_of("正常"),
    "vehicle-model": _one_of("长安 CS55", "吉利 银河 L7", "比亚迪 秦"),
    "phone": _masked_phone,
}


ALWAYS_THE_SAME: Final = frozenset(
    {"employer", "phone", "taxpayer-number", "fund-account", "income-kind", "contribution-base"}
)


def rows(dataset: Dataset, subject: str, person: Citizen | None = None) -> list[dict[str, str]]:
    """The dataset's rows about `subject` (what the department calls the person), each item by its code."""
    chance = Random(f"{dataset.code}:{subject}")  # sample data, the same at every start
    count = chance.randint(2, MOST_ROWS) if any(item.code in TIMED for item in dataset.items) else 1
    return [
        {item.code: _value(item.code, chance, row, subject, person) for item in dataset.items} for row in range(count)
    ]


def _value(item: str, chance: Random, row: int, subject: str, person: Citizen | None) -> str:
    if item == "number":
        return person.number if person else subject
    if item == "name":
        return person.name.zh if person else ""
    if item in ALWAYS_THE_SAME:
        return MAKERS[item](Random(f"{item}:{subject}"), 0)
    if item in MAKERS:
        return MAKERS[item](chance, row)
    if item.endswith(("-on", "-date", "-since")):
        return _day(chance, row)
    return f"{chance.randint(1000, 9999)}"


def as_csv(dataset: Dataset, found: list[dict[str, str]]) -> bytes:
    """The rows as a table that people and programs open: UTF-8 with a mark, both languages in the heading."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([f"{item.name.zh} {item.name.en}" for item in dataset.items])
    writer.writerows([row[item.code] for item in dataset.items] for row in found)
    return b"\xef\xbb\xbf" + text.getvalue().encode()
