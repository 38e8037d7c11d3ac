from whitenoise.storage import CompressedManifestStaticFilesStorage


class AssetsStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped in whitenoise
    """Names with a hash of the content, cached for ever, compressed ahead. Works before the first collectstatic too."""

    manifest_strict = False
    keep_only_hashed_files = False
