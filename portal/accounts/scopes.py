from collections.abc import Mapping
from typing import Any

from django.conf import settings
from oauth2_provider.scopes import BaseScopes

from portal.accounts.models import ApiClient


class ClientScopes(BaseScopes):  # type: ignore[misc]  # untyped in django-oauth-toolkit
    """What a system may ask for is what it was granted; it gets nothing it did not ask for."""

    def get_all_scopes(self) -> Mapping[str, str]:
        scopes: Mapping[str, str] = settings.OAUTH2_PROVIDER["SCOPES"]
        return scopes

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return application.scopes.split() if isinstance(application, ApiClient) else []

    def get_default_scopes(self, application: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return self.get_available_scopes(application)
