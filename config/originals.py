"""Where uploaded files are kept: a folder, or a bucket of S3 where one is named."""

from typing import Any

from config.env import Environment, Problem


# Any: options of a storage are of many kinds.
def originals_storage(env: Environment) -> dict[str, Any]:
    """Return the entry of STORAGES. Without keys boto looks for them where it always does: the machine's own role."""
    bucket = env.word("QUIRE_S3_BUCKET", "", r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]", "Write the bucket's name alone, such as quire-files.")
    prefix = env.word(
        "QUIRE_S3_PREFIX", "", r"(?!(?:.*/)?\.\.?(?:/|$))[\w./ -]{1,200}", "Write it like quire/originals, of letters, digits and slashes."
    ).strip("/")
    region = env.word("QUIRE_S3_REGION", "", r"[A-Za-z0-9-]{1,64}", "Write it like eu-central-1.")
    address = env.address("QUIRE_S3_ENDPOINT_URL", "", ("http", "https"))
    key, secret = env.secret("QUIRE_S3_ACCESS_KEY_ID"), env.secret("QUIRE_S3_SECRET_ACCESS_KEY")
    if not bucket:
        _miss_the_bucket(env)
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


def _miss_the_bucket(env: Environment) -> None:
    """Files would be kept on this machine's disk, which whoever set up a bucket finds out when that is lost."""
    others = [name for name in env.known if name.startswith("QUIRE_S3_") and env.values.get(name, "").strip()]
    if others and not any(problem.name == "QUIRE_S3_BUCKET" for problem in env.problems):
        env.problems.append(Problem("QUIRE_S3_BUCKET", f"is not set, but {others[0]} is", "Name the bucket, or remove the other settings of S3."))
