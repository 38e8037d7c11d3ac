"""What is taken in and what is not: by content, by what is inside an archive, and by the scanner's word."""

import socket
import threading
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as configured

from portal.trail.errors import FileEmpty, FileNameInvalid, FileTooLarge, Refusal
from portal.trail.ids import new_id
from rights import files
from rights.errors import ArchiveHarmful, FileKindUnknown, FileMisnamed, ScannerAway, VirusFound

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


def zipped(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def taken(name: str, content: bytes) -> files.Stored:
    return files.take_in([content], name=name, folder="parts", identifier=new_id())


def left(identifier: UUID) -> list[Path]:
    return list((Path(configured.PORTAL_DATA_FOLDER) / "files" / "parts").glob(f"{identifier}*"))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.png", PNG, "image/png"),
        ("a.pdf", PDF, "application/pdf"),
        ("a.csv", b"year,income\n2025,1\n", "text/csv"),
        ("a.csv", "年份,收入\n".encode("gb18030"), "text/csv"),
        ("a.json", b"[]", "application/json"),
        ("a.txt", b"x", "text/plain"),
        ("a.zip", zipped(("in/a.txt", b"x")), "application/zip"),
    ],
)
def test_a_file_is_known_by_its_content(name: str, content: bytes, kind: str) -> None:
    stored = taken(name, content)
    assert (stored.media_type, stored.size) == (kind, len(content))
    assert b"".join(files.opened(stored.stored_as)) == content


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.pdf", PNG, FileMisnamed),
        ("a.html", b"<script>alert(1)</script>", FileMisnamed),
        ("a.exe", b"MZ\x90\0" + b"\0" * 200, FileKindUnknown),
        ("a.txt", b"\x00\x01\x02", FileKindUnknown),
        ("a.txt", b"", FileEmpty),
        ("a.zip", b"PK\x03\x04 and no more", ArchiveHarmful),
        ("a.zip", zipped(("../../up.txt", b"x")), ArchiveHarmful),
        ("a.zip", zipped(("/etc/passwd", b"x")), ArchiveHarmful),
        ("a.zip", zipped(("big.txt", b"0" * (files.UNPACKED + 1))), ArchiveHarmful),
    ],
)
def test_what_may_not_be_kept_is_refused_and_leaves_nothing(name: str, content: bytes, error: type[Refusal]) -> None:
    identifier = new_id()
    with pytest.raises(error):
        files.take_in([content], name=name, folder="parts", identifier=identifier)
    assert left(identifier) == []


def test_archives_within_archives_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "UNPACKED", 1000)
    monkeypatch.setattr(files._Budget, "__init__", lambda self: self.__dict__.update(bytes=1000, entries=100))
    inner = zipped(("a.txt", b"0" * 600))
    taken("one.zip", zipped(("1.zip", inner)))
    with pytest.raises(ArchiveHarmful):
        taken("two.zip", zipped(("1.zip", inner), ("2.zip", inner)))


def test_archives_nested_too_deep_are_refused() -> None:
    content = zipped(("a.txt", b"x"))
    for _ in range(files.DEPTH):
        content = zipped(("in.zip", content))
    with pytest.raises(ArchiveHarmful):
        taken("deep.zip", content)


@pytest.mark.parametrize("name", ["../a.txt", "a/b.txt", "..", "C:\\a.txt", ".hidden"])
def test_a_path_in_a_name_is_refused(name: str) -> None:
    with pytest.raises(FileNameInvalid):
        files.safe_name(name)


def test_what_is_too_large_is_refused_while_it_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 10)
    with pytest.raises(FileTooLarge):
        files.take_in(iter([b"x" * 6, b"x" * 6]), name="a.txt", folder="parts", identifier=new_id())


# ------------------------------------------------------------------ the scanner
class Scanner:
    """A clamd that reads one stream a connection and says what it is told to say."""

    def __init__(self, path: Path, answer: bytes) -> None:
        self.received, self.answer = b"", answer
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(str(path))
        self.server.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        connection, _ = self.server.accept()
        with connection, connection.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            while size := int.from_bytes(stream.read(4), "big"):
                self.received += stream.read(size)
            connection.sendall(self.answer)


@pytest.fixture
def socket_path(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "clamd.sock"
    settings.PORTAL_CLAMAV = f"unix://{path}"
    return path


def test_what_the_scanner_calls_clean_is_kept(socket_path: Path) -> None:
    scanner = Scanner(socket_path, b"stream: OK\0")
    taken("a.txt", b"harmless")
    assert scanner.received == b"harmless"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", VirusFound),
        (b"INSTREAM size limit exceeded. ERROR\0", ScannerAway),
        (b"", ScannerAway),
    ],
)
def test_what_it_does_not_call_clean_is_never_kept(socket_path: Path, answer: bytes, error: type[Refusal]) -> None:
    Scanner(socket_path, answer)
    identifier = new_id()
    with pytest.raises(error):
        files.take_in([b"x"], name="a.txt", folder="parts", identifier=identifier)
    assert left(identifier) == []


def test_where_a_scanner_is_named_and_away_nothing_is_taken(socket_path: Path) -> None:
    with pytest.raises(ScannerAway) as told:
        taken("a.txt", b"x")
    assert (told.value.status, told.value.retry_after) == (503, 300)
