"""What the documents point to is there."""

import re
from pathlib import Path

import pytest

from portal.demo.embedded.services import CHECKOUT

DOCUMENTS = ("docs/security.md", "docs/deploy.md", "SECURITY.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document: str) -> None:
    text = Path(CHECKOUT, document).read_text()
    named = set(re.findall(r"\b(?:tests|docs|deploy|portal)/[\w/.\-]*\w", text))
    assert [name for name in sorted(named) if not Path(CHECKOUT, name).exists()] == []


def test_the_table_of_requirements_has_every_chapter_and_says_of_each_line_whether_it_is_met() -> None:
    text = Path(CHECKOUT, "docs/security.md").read_text().split("## OWASP ASVS")[1].split("## Keys")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")][1:]
    assert [row[0].strip("*") for row in rows if row[0].startswith("**")] == [f"V{number}" for number in range(1, 18)]
    unsaid = [row for row in rows if not row[0].startswith("**") and row[2] not in ("yes", "part", "no", "op", "–")]
    assert unsaid == []
