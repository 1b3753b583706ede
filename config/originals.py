"""Where uploaded files are kept: a folder, or a bucket of S3 where one is named."""

from typing import Any

from config.env import Environment, Problem


# Any: options of a storage are of many kinds.
def originals_storage(env: Environment) -> dict[str, Any]:
    """Return the entry of STORAGES. Without keys boto looks for them where it always does: the machine's own role."""
    bucket, prefix = env.text("QUIRE_S3_BUCKET"), env.text("QUIRE_S3_PREFIX").strip("/")
    region = env.text("QUIRE_S3_REGION")
    address = env.address("QUIRE_S3_ENDPOINT_URL", "", ("http", "https"))
    key, secret = env.secret("QUIRE_S3_ACCESS_KEY_ID"), env.secret("QUIRE_S3_SECRET_ACCESS_KEY")
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if bool(key) != bool(secret):
        env.problems.append(Problem("QUIRE_S3_ACCESS_KEY_ID", "and QUIRE_S3_SECRET_ACCESS_KEY go together", "Set both of them, or none."))
    options = {"bucket_name": bucket, "location": prefix, "region_name": region or None, "endpoint_url": address or None}
    if key and secret:
        options |= {"access_key": key, "secret_key": secret}
    if address:
        # A server of one's own has no name for each bucket.
        options |= {"addressing_style": "path"}
    return {"BACKEND": "apps.documents.storage.S3Originals", "OPTIONS": options}
