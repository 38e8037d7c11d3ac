from django.middleware.locale import LocaleMiddleware as LanguageMiddleware

__all__ = ["LanguageMiddleware"]
