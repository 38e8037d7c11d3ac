from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.representation import factories


@pytest.fixture(autouse=True)
def _register(settings: Any, tmp_path: Path) -> Iterator[None]:
    """A household register that knows nothing yet, an office that checks, and a folder for documents."""
    settings.PORTAL_HOUSEHOLD_REGISTER = "tests.representation.factories.register"
    settings.PORTAL_REPRESENTATION_DESK = "civil-affairs"
    settings.PORTAL_DATA_FOLDER = tmp_path
    factories.KNOWN.clear()
    yield
    factories.KNOWN.clear()
