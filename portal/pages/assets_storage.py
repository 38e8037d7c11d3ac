from whitenoise.storage import CompressedManifestStaticFilesStorage


class AssetsStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped in whitenoise
    """Names with a hash of the content, cached for ever, compressed ahead. Works before the first collectstatic too."""

    keep_only_hashed_files = False

    def stored_name(self, name: str) -> str:
        """The name with its hash; the plain one as long as nothing was collected, as in tests."""
        return super().stored_name(name) if self.hashed_files else name
