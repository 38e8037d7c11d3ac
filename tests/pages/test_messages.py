"""The check that every text has its Chinese finds one that is missing, and leaves the kept catalogue as it is."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from portal.pages.management.commands.check_messages import faults

KEPT = Path(settings.LOCALE_PATHS[0])
CATALOGUE = Path("zh_Hans/LC_MESSAGES/django.po")
PLURAL = 'msgid "One thing needs you"\nmsgid_plural "%(things)s things need you"\nmsgstr[0] "'


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    if shutil.which("xgettext") is None:
        pytest.skip("gathering texts needs gettext; make lint runs it too")
    return Path(shutil.copytree(KEPT, tmp_path / "kept"))


def test_a_text_without_chinese_is_named_and_nothing_is_written(copy: Path) -> None:
    before = (KEPT / CATALOGUE).read_bytes()
    text = before.decode()
    assert PLURAL in text
    head, _, rest = text.partition(PLURAL)
    (copy / CATALOGUE).write_text(head + PLURAL + '"\n' + rest.partition("\n")[2])

    assert list(faults(copy)) == ["no Chinese: ('One thing needs you', '%(things)s things need you')"]
    assert (KEPT / CATALOGUE).read_bytes() == before
