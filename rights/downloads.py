"""A file on its way to whoever asked for it: always saved, never shown by a browser."""

from collections.abc import Iterable
from urllib.parse import quote

from django.http import StreamingHttpResponse


def download(content: Iterable[bytes], name: str, media_type: str, size: int | None = None) -> StreamingHttpResponse:
    """`content`, which has `size` bytes where that is known beforehand."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        **({} if size is None else {"Content-Length": str(size)}),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(content, content_type=media_type, headers=headers)
