"""Django settings; everything that may differ between instances comes from oversight.env."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from oversight import env

BASE_DIR: Path = env.BASE_DIR
VAR_DIR: Path = env.VAR_DIR
DEMO, PRODUCTION, DEBUG = env.DEMO, env.PRODUCTION, env.DEBUG
SECRET_KEY = env.kept_secret("SECRET_KEY")
HASH_KEY = env.kept_secret("HASH_KEY").encode()
ALLOWED_HOSTS, CSRF_TRUSTED_ORIGINS = env.ALLOWED_HOSTS, env.CSRF_TRUSTED_ORIGINS
INTAKE_MAX_BYTES = env.INTAKE_MAX_BYTES
LIVE_MAX_STREAMS = env.LIVE_MAX_STREAMS
API_CALLS_PER_MINUTE, API_RECORDS_PER_MINUTE = env.API_CALLS_PER_MINUTE, env.API_RECORDS_PER_MINUTE
SWEEP_SHARE_PERCENT = env.SWEEP_SHARE_PERCENT
HOME_REGIONS, HOME_PLATES = env.HOME_REGIONS, env.HOME_PLATES

INSTALLED_APPS = [
    "ledger",
    "risk",
    "oversight",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "csp",
    "rest_framework",
    "drf_spectacular",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "oversight.accounts.middleware.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "oversight.accounts.middleware.SessionEndsMiddleware",
    "oversight.access.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "oversight.urls"
ASGI_APPLICATION = "oversight.asgi.application"
WSGI_APPLICATION = "oversight.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oversight.context.console",
            ]
        },
    }
]

if env.DATABASE_URL:
    DATABASES = {"default": env.database(env.DATABASE_URL)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR_DIR / "mingjing.sqlite3",
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "ledger.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL, LOGIN_REDIRECT_URL = "accounts:login", "/"
SESSION_ENGINE = "oversight.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.HTTPS
SECURE_SSL_REDIRECT = env.HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.HTTPS else None
SECURE_HSTS_SECONDS = 31536000 if env.HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.HTTPS
# A host of an intranet cannot be on the browsers' public preload list.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
AXES_FAILURE_LIMIT, AXES_COOLOFF_TIME, AXES_LOCKOUT_PARAMETERS = 5, 0.25, [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE, AXES_RESET_ON_SUCCESS = "accounts/locked.html", True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["oversight.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["oversight.api.authentication.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["oversight.api.rates.CallThrottle"],
    "DEFAULT_PARSER_CLASSES": ["oversight.api.parsing.BodyParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "oversight.api.parsing.AlwaysJson",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "oversight.api.problems.problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Mingjing 明镜",
    "DESCRIPTION": "What business systems send, ask and read. Columns, forms and reasons are those of docs/data-format.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "POSTPROCESSING_HOOKS": ["oversight.api.schema.add_components"],
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE, USE_TZ, USE_I18N = "Asia/Shanghai", True, True

STATIC_URL, STATIC_ROOT, STATICFILES_DIRS = "static/", VAR_DIR / "static", [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / "uploads"}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# What is being sent streams to the disk, where personal data may lie; nothing else is expected to be large.
FILE_UPLOAD_HANDLERS = ["oversight.intake.incoming.BoundedUpload"]
FILE_UPLOAD_TEMP_DIR = env.folder("incoming")
FILE_UPLOAD_PERMISSIONS = 0o600
WHITENOISE_USE_FINDERS = not PRODUCTION

REDIS_URL = env.REDIS_URL
# For the rates of the API alone, which do without it (oversight/api/rates.py): in Redis all web processes count together.
CACHES = {
    "default": {
        "BACKEND": "oversight.kept_cache.KeptRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "mingjing",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5, "retry": Retry(NoBackoff(), 1)},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
BROKER_DIR = VAR_DIR / "broker"
# A publish that cannot reach the broker fails within about a second and is not repeated: see oversight/doorbell.py.
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "connect_retries_timeout": 1} | (
    {"visibility_timeout": 600, "socket_connect_timeout": 1, "socket_timeout": 2, "health_check_interval": 25}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.1,
    }
)
CELERY_BROKER_CONNECTION_TIMEOUT = 1
# The worker and beat, which have nothing else to do, wait for the broker for ever.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP, CELERY_BROKER_CONNECTION_MAX_RETRIES = True, None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER, CELERY_ACCEPT_CONTENT = "json", ["json"]
CELERY_TASK_IGNORE_RESULT, CELERY_RESULT_BACKEND = True, None
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = bool(REDIS_URL)
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# Lines carry times, levels, places and ids, never request bodies or query strings: those hold personal data.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "uvicorn": {"handlers": [], "level": "INFO", "propagate": True},
        "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
        # Its lines name users and addresses; the same facts are in its tables, which are guarded.
        "axes": {"level": "ERROR"},
        # They tell every step and every rule of a style sheet that is not for paper.
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        # One line for every stroke of the clock would bury the rest.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
