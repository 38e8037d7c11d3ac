"""The files of replies and packages: the portal's encrypted files, under the name that this app knows them by."""

from portal.trail.files import LARGEST, Stored, opened, remove, safe_name, store

__all__ = ["LARGEST", "Stored", "opened", "remove", "safe_name", "store"]
