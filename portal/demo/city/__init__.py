"""Linjiang, an invented Chinese city: its agencies, datasets, agreements and people, in files to be read and edited."""

from portal.demo.city.reading import BadCity, city, read
from portal.demo.city.records import City

__all__ = ["BadCity", "City", "city", "read"]
