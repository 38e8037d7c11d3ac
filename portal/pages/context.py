from django.http import HttpRequest


def furniture(request: HttpRequest) -> dict[str, object]:
    """What every page shows around its own content."""
    return {}
