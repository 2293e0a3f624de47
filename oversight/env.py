"""Every setting that may differ between two instances, read once from the environment.

The names, meanings and defaults are documented in docs/configuration.md; nothing else in the project reads os.environ.
"""

import os
import re
import secrets
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


class Environment(environ.Env):
    """django-environ, which reads PRODUCTION=ture as false, made to refuse what it does not understand."""

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False) -> Any:
        given = os.environ.get(var)
        if cast is bool and given is not None and given.strip().lower() not in TRUE + FALSE:
            raise ImproperlyConfigured(f"{var}={given} is neither yes nor no; write 1 or 0.")
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var}={given} cannot be read: {error}.") from error


env = Environment()

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
DEMO = env.bool("DEMO", default=False)
PRODUCTION = env.bool("PRODUCTION", default=False)
DEBUG = env.bool("DEBUG", default=False)
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
HTTPS = env.bool("HTTPS", default=PRODUCTION)
INTAKE_MAX_BYTES = env.int("INTAKE_MAX_BYTES", default=2 * 1024**3)
LIVE_MAX_STREAMS = env.int("LIVE_MAX_STREAMS", default=2000)
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=600)
API_RECORDS_PER_MINUTE = env.int("API_RECORDS_PER_MINUTE", default=60_000)
BIND = env.str("BIND", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
WORKER_THREADS = env.int("WORKER_THREADS", default=4)
SWEEP_SHARE_PERCENT = env.int("SWEEP_SHARE_PERCENT", default=25)
HOME_REGIONS = env.list("HOME_REGIONS", default=["4307", "4324"])
HOME_PLATES = env.list("HOME_PLATES", default=["湘J"])

if LOG_LEVEL not in LOG_LEVELS:
    raise ImproperlyConfigured(f"LOG_LEVEL={LOG_LEVEL} is not one of {', '.join(LOG_LEVELS)}.")
if not 1 <= SWEEP_SHARE_PERCENT <= 100:
    raise ImproperlyConfigured(f"SWEEP_SHARE_PERCENT={SWEEP_SHARE_PERCENT} is no share of one core: 1 to 100 percent.")
if any(not re.fullmatch(r"\d{4}", one) for one in HOME_REGIONS) or not HOME_REGIONS:
    raise ImproperlyConfigured(
        f"HOME_REGIONS={','.join(HOME_REGIONS)}: the first four digits of the city's administrative codes, as 4307,4324."
    )
if any(not re.fullmatch(r"[\u4e00-\u9fff][A-Z]", one) for one in HOME_PLATES) or not HOME_PLATES:
    raise ImproperlyConfigured(f"HOME_PLATES={','.join(HOME_PLATES)}: what plates of the city begin with, as 湘J.")
if DEMO and PRODUCTION:
    raise ImproperlyConfigured("DEMO=1 creates accounts with known passwords and is refused when PRODUCTION=1; unset one of the two.")


def database(url: str) -> dict[str, Any]:
    """Django's description of the PostgreSQL database at `url`. Raises ImproperlyConfigured for any other kind or a URL without a name."""
    # A connection lives as long as its request: kept ones would stay behind in the threads that ASGI makes for each.
    # The few threads that keep theirs (oversight/api/kept_threads.py) do so by themselves.
    config: dict[str, Any] = dict(env.db_url_config(url))
    if config.get("ENGINE") != "django.db.backends.postgresql" or not config.get("NAME"):
        raise ImproperlyConfigured(
            "DATABASE_URL must read postgres://user:password@host:5432/name; without it the database is SQLite in VAR_DIR."
        )
    # Whoever asks what a person may see asks in many small steps: compiling them took PostgreSQL seconds where running them takes none.
    asked = config.setdefault("OPTIONS", {})
    asked["options"] = f"{asked.get('options', '')} -c jit=off".strip()
    return config


def folder(name: str) -> Path | None:
    """VAR_DIR/<name>, made for this user alone; None where VAR_DIR cannot be written, as while an image is built."""
    path = VAR_DIR / name
    try:
        VAR_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.mkdir(exist_ok=True, mode=0o700)
    except OSError:
        return None
    return path


def kept_secret(name: str) -> str:
    """The secret `name`: from the environment, else from VAR_DIR/keys, made there on first use (never in production).

    Raises ImproperlyConfigured in production when it is not given, so that two servers can never start with different keys.
    """
    given = env.str(name, default="")
    if given:
        return given
    if PRODUCTION:
        raise ImproperlyConfigured(
            f"{name} must be set in production; make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    path = VAR_DIR / "keys" / name.lower()
    try:
        # Personal data will lie here: made for this user alone.
        VAR_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(handle, "w") as file:
            value = secrets.token_urlsafe(48)
            file.write(value)
        return value
    except OSError as error:
        raise ImproperlyConfigured(
            f"VAR_DIR {VAR_DIR} cannot be written ({error.strerror}); point VAR_DIR to a folder this user may write."
        ) from error
