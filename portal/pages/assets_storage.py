from whitenoise.storage import CompressedManifestStaticFilesStorage


class AssetsStorage(CompressedManifestStaticFilesStorage):
    manifest_strict = False
