"""The catalogue in the staff's admin: to be read, and to be decided on by buttons that call the actions."""

from portal.catalogue.admin import agencies, agreements, datasets

__all__ = ["agencies", "agreements", "datasets"]
