"""The product's settings on services of the tests' own; never the developer's data."""

import os
from pathlib import Path

_HERE = Path(__file__).resolve().parent.parent
for name in [name for name in os.environ if name.startswith("QUIRE_") and name not in {"QUIRE_REQUIRE_BROWSER", "QUIRE_REQUIRE_OCR", "QUIRE_TEST_VAR"}]:
    del os.environ[name]
for name in ("DATABASE_URL", "REDIS_URL", "PORT"):
    os.environ.pop(name, None)
os.environ["QUIRE_VAR"] = os.environ.get("QUIRE_TEST_VAR", str(_HERE / "var" / "test"))
os.environ["QUIRE_MODELS_DIR"] = str(_HERE / "var" / "models")
os.environ["QUIRE_LOG_LEVEL"] = "WARNING"
os.environ["QUIRE_AUDIT_BATCH_MS"] = "0"  # a test sees each entry at once
os.environ["QUIRE_DATABASE_POOL"] = "0"  # a pool holds connections that keep the test database from being dropped

from config.settings import *  # noqa: E402, F403
from config.settings import CHANNEL_LAYERS  # noqa: E402

_worker = f"{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = f"test-{_worker}"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
