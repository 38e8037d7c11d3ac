"""Every setting of the portal, read from the environment once; what is missing or malformed stops the start.

Services are named by environment variables alone. `manage.py`, the demo and the tests set them for the
embedded services (see portal/demo/embedded); production sets them itself (see docs/deploy.md).
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import environ
import structlog
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from portal.accounts import providers
from portal.trail import redaction

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# ------------------------------------------------------------------ what this process is
DEBUG = False
SECRET_KEY = env.str("PORTAL_SECRET_KEY")
SITE_URL = env.str("PORTAL_SITE_URL", default="http://localhost:8000").rstrip("/")
SECURE = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("PORTAL_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("PORTAL_TRUSTED_ORIGINS", default=[SITE_URL])
PORTAL_SECRETS_FILE = env.str("PORTAL_SECRETS_FILE")
PORTAL_JURISDICTION = env.str("PORTAL_JURISDICTION", default="cn")
PORTAL_DATA_FOLDER = Path(env.str("PORTAL_DATA_FOLDER", default=str(BASE_DIR / ".data")))
PORTAL_OUTBOUND_NETWORKS = env.list("PORTAL_OUTBOUND_NETWORKS", default=[])  # CIDRs allowed besides public ones
PORTAL_PROXY_NETWORKS = env.list("PORTAL_PROXY_NETWORKS", default=["127.0.0.0/8", "::1/128"])  # our own proxies
PORTAL_METRICS_NETWORKS = env.list("PORTAL_METRICS_NETWORKS", default=["127.0.0.0/8", "::1/128"])
PORTAL_CLAMAV = env.str("PORTAL_CLAMAV", default="")  # unix:///run/clamav/clamd.ctl or tcp://host:3310; none: no scan
PORTAL_DEMO = env.bool("PORTAL_DEMO", default=False)

# ------------------------------------------------------------------ apps, from the highest layer to the lowest
INSTALLED_APPS = [
    "portal.demo",
    "portal.pages",
    "portal.oversight",
    "rights",
    "consent",
    "portal.ledger",
    "portal.representation",
    "portal.catalogue",
    "portal.inbox",
    "portal.accounts",
    "portal.law",
    "portal.outbox",
    "portal.trail",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "oauth2_provider",
    "rest_framework",
    "drf_spectacular",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "django_structlog",
    "csp",
    "axes",
    "pgtrigger",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.pages.middleware.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.pages.middleware.HeadersMiddleware",
    "portal.pages.middleware.LogMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.pages.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "portal.accounts.middleware.AddressMiddleware",
    "portal.accounts.limits.LimitsMiddleware",
    "portal.accounts.middleware.StandingMiddleware",
    "portal.law.middleware.CalendarMiddleware",
    "portal.accounts.middleware.ActorMiddleware",  # the view runs inside the actor's transaction
    "portal.representation.middleware.RepresentationMiddleware",  # last: it may change whose record is shown
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
ASGI_APPLICATION = "portal.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "portal.pages.context.furniture",
            ],
        },
    }
]
COTTON_DIR = "components"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# ------------------------------------------------------------------ PostgreSQL
# `default` connects as the role of this process (portal_web or portal_worker). `owner` is there only where
# migrations run. `disable_server_side_cursors` stays off: exports stream through them.


def database(url: str, **options: Any) -> dict[str, Any]:
    """A connection's settings from a postgres:// address; the pool only where PORTAL_DATABASE_POOL says its size."""
    settings: dict[str, Any] = env.db_url_config(url)
    settings["HOST"] = unquote(settings["HOST"])  # a Unix socket's folder stands percent-encoded in the address
    settings["OPTIONS"] = {**settings.get("OPTIONS", {}), **options}
    return settings


POOL_SIZE = env.int("PORTAL_DATABASE_POOL", default=0)
POOL: dict[str, Any] = {"pool": {"min_size": 1, "max_size": POOL_SIZE, "timeout": 5}} if POOL_SIZE else {}
DATABASES = {"default": database(env.str("PORTAL_DATABASE_URL"), **POOL)}
if owner_url := env.str("PORTAL_OWNER_DATABASE_URL", default=""):
    DATABASES["owner"] = database(owner_url)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CONN_HEALTH_CHECKS = True

# ------------------------------------------------------------------ Redis and Celery
PORTAL_REDIS_URL = env.str("PORTAL_REDIS_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": PORTAL_REDIS_URL}}

VISIBILITY_TIMEOUT = 300  # seconds until Redis hands an unacknowledged message to another worker
CELERY_BROKER_URL = env.str("PORTAL_BROKER_URL", default=PORTAL_REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": VISIBILITY_TIMEOUT, "socket_keepalive": True}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 120  # hard, and far below the visibility timeout: no task runs twice at once
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "outbox.sweep": {"task": "outbox.sweep", "schedule": timedelta(seconds=2), "options": {"expires": 10}},
    "rights.watch_deadlines": {"task": "rights.watch_deadlines", "schedule": timedelta(minutes=5)},
    "rights.tidy": {"task": "rights.tidy", "schedule": timedelta(hours=1)},
    "accounts.forget_keys": {"task": "accounts.forget_keys", "schedule": timedelta(hours=1)},
    "accounts.forget_visits": {"task": "accounts.forget_visits", "schedule": timedelta(hours=1)},
    "catalogue.keep_time": {
        "task": "catalogue.keep_time",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 240},
    },
    "pages.measure": {"task": "pages.measure", "schedule": timedelta(seconds=15), "options": {"expires": 15}},
    "inbox.gather": {"task": "inbox.gather", "schedule": timedelta(minutes=5), "options": {"expires": 240}},
    "trail.seal": {"task": "trail.seal", "schedule": timedelta(seconds=3), "options": {"expires": 10}},
    "oversight.count": {"task": "oversight.count", "schedule": timedelta(hours=1)},
    "ledger.partitions": {"task": "ledger.partitions", "schedule": timedelta(days=1)},
    "ledger.review_embargoes": {"task": "ledger.review_embargoes", "schedule": timedelta(hours=1)},
    "ledger.retention": {"task": "ledger.retention", "schedule": timedelta(days=1)},
    "ledger.find_reused": {"task": "ledger.find_reused", "schedule": timedelta(days=1)},
    "representation.expire": {
        "task": "representation.expire",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 240},
    },
    "consent.expire": {"task": "consent.expire", "schedule": timedelta(minutes=5), "options": {"expires": 240}},
    "consent.number_changes": {
        "task": "consent.number_changes",
        "schedule": timedelta(seconds=2),
        "options": {"expires": 10},
    },
}

# What leaves after commit: topic -> the tasks that consume it. A test checks that each is a registered task.
PORTAL_OUTBOX_ROUTES: dict[str, tuple[str, ...]] = {
    "outbox.webhook.due": ("outbox.fan_out",),
    "outbox.webhook.created": ("outbox.deliver_webhook",),
    "outbox.webhook.delivered": ("rights.note_delivery",),
    "rights.request.submitted": ("rights.route",),
    "rights.part.transferred": ("rights.pass_on",),
    "rights.part.answered": ("rights.close",),
    "rights.appeal.granted": ("rights.reopen",),
    "rights.collection.asked": ("rights.collect",),
    "rights.change.asked": ("rights.plan_change",),
    "rights.change.approved": ("rights.run_change",),
    "rights.package.asked": ("rights.build_package",),
    "accounts.mail.asked": ("accounts.mail_link",),
    "accounts.mail.left": ("accounts.mail_farewell",),
    "accounts.account.closed": ("inbox.forget_person", "representation.leave", "ledger.forget_alerts"),
    "inbox.letter.written": ("inbox.mail",),
    "inbox.digest.made": ("inbox.mail_digest",),
    "inbox.digest.refused": ("inbox.stop",),
    "representation.came_of_age": ("consent.ask_anew",),
    "consent.terms.changed": ("consent.renew",),
    "consent.round.confirmed": ("consent.ask_round",),
    "ledger.events.stored": (
        "ledger.check_coverage",
        "ledger.count_flows",
        "consent.flag_uncovered",
        "ledger.tell_of_events",
    ),
    "ledger.data.verified": ("ledger.tell_of_verification",),
    "ledger.events.flagged": ("ledger.tell_of_flags",),
}

# Whose rows are leaves of the tree: kind -> the function that recomputes a leaf's row (portal.trail.proof).
PORTAL_SEALED_KINDS: dict[str, str] = {
    "trail.entry": "portal.trail.queries.recomputed_entries",
    "ledger.batch": "portal.ledger.sealed.batches",
    "ledger.drop": "portal.ledger.sealed.drops",
}

# What is kept encrypted: name -> where it is counted and sealed anew (portal.trail.sealed_places, rotate_keys).
PORTAL_SEALED_PLACES: dict[str, str] = {
    "people": "portal.accounts.sealed.people",
    "contact_changes": "portal.accounts.sealed.contact_changes",
    "second_factors": "portal.accounts.sealed.second_factors",
    "endpoints": "portal.outbox.sealed.endpoints",
    "representations": "portal.representation.sealed.names",
    "connectors": "rights.sealed.connectors",
    "executions": "rights.sealed.executions",
    "trackers": "portal.ledger.sealed.trackers",
    "wanted_changes": "rights.changes.sealed",
    "files": "portal.trail.files.all_files",
}
# What a person's copy of everything here consists of: name -> the function that gives its rows (portal.trail.copies).
PORTAL_EXPORTS: dict[str, str] = {
    "profile": "portal.accounts.copies.profile",
    "sessions": "portal.accounts.copies.sessions",
    "mail_times": "portal.inbox.copies.mail_times",
    "letters": "portal.inbox.copies.letters",
    "holdings": "portal.ledger.copies.holdings",
    "sharing": "portal.ledger.copies.sharing",
    "alerts": "portal.ledger.copies.alerts",
    "consents": "consent.copies.consents",
    "decisions": "consent.copies.decisions",
    "comments": "consent.copies.comments",
    "requests": "rights.copies.requests",
    "representations": "portal.representation.copies.representations",
    "arrangement": "portal.representation.copies.arrangement",
    "disclosures": "portal.accounts.copies.disclosures",
    "trail": "portal.trail.copies.trail_entries",
}

# A line of its own in the mail about a letter: the letter's kind -> the function that writes it (portal.inbox.mail).
PORTAL_MAIL_LINES: dict[str, str] = dict.fromkeys(
    ("consent_given", "consent_resumed", "consent_shortened"), "consent.withdrawal.mail_line"
)

# ------------------------------------------------------------------ people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("pages:sign-in")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
SESSION_ENGINE = "portal.accounts.session_store"
SESSION_COOKIE_AGE = 60 * 60 * env.int("PORTAL_SESSION_HOURS", default=8)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
CSRF_FAILURE_VIEW = "portal.pages.views.csrf_failed"

# A session lasts this long after the identity was confirmed, if it is used; what needs to be surer, much shorter.
PORTAL_SESSION_LASTS = timedelta(hours=env.int("PORTAL_SESSION_HOURS", default=8))
PORTAL_SESSION_IDLE = timedelta(minutes=env.int("PORTAL_SESSION_IDLE_MINUTES", default=60))
PORTAL_STEP_UP_LASTS = timedelta(minutes=env.int("PORTAL_STEP_UP_MINUTES", default=30))
PORTAL_IDENTITY_PROVIDERS = providers.parsed(env.str(providers.SETTING, default="[]"))
if SECURE and not PORTAL_IDENTITY_PROVIDERS:
    raise ImproperlyConfigured(f"{providers.SETTING} names no provider: nobody could sign in")
PORTAL_STAFF_SECOND_FACTOR = env.bool("PORTAL_STAFF_SECOND_FACTOR", default=True)
ACCOUNT_ADAPTER = "portal.accounts.sign_in.StaffSignIn"
ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_ADAPTER = "portal.accounts.sign_in.ProviderSignIn"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"provider_class": "portal.accounts.oidc.IdentityProvider"}}
MFA_ADAPTER = "portal.accounts.second_factor.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
ACCOUNT_FORMS = {"reauthenticate": "portal.accounts.factor_forms.GivePassword"}
MFA_FORMS = {
    "authenticate": "portal.accounts.factor_forms.GiveCode",
    "reauthenticate": "portal.accounts.factor_forms.GiveCodeAgain",
    "activate_totp": "portal.accounts.factor_forms.SetUpApp",
    "edit_webauthn": "portal.accounts.factor_forms.RenamePasskey",
    "add_webauthn": "portal.accounts.factor_forms.AddPasskey",
    "authenticate_webauthn": "portal.accounts.factor_forms.ShowPasskey",
    "reauthenticate_webauthn": "portal.accounts.factor_forms.ShowPasskeyAgain",
}
MFA_TOTP_TOLERANCE = 1  # clocks of phones are half a minute off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE  # localhost is a secure context without https
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_ENABLE_ADMIN = False
AXES_CLIENT_IP_CALLABLE = "portal.accounts.callers.named"
AXES_LOCKOUT_CALLABLE = "portal.pages.views.locked_out"

# How often: so many in so long, counted by portal.accounts.limits; `PORTAL_LIMITS=client=600/minute,export=9/hour`.
PORTAL_LIMITS: dict[str, str] = {
    "sign-in-address": "60/5 minutes",  # many may share one address: a town hall, a carrier
    "sign-in-account": "20/15 minutes",
    "second-factor": "20/15 minutes",
    "token-address": "600/minute",
    "client": "1200/minute",  # a system's calls
    "filing": "20/day",  # a citizen's requests
    "live": "30/minute",  # a citizen's looks into departments' own logs
    "export": "60/hour",  # a citizen's downloads of every kind
    "comment": "10/day",  # what a citizen says of purposes
    "catalogue": "60/hour",  # the whole catalogue as a file, to one address
    "verify": "60/minute",  # documents checked from one address
    **env.dict("PORTAL_LIMITS", default={}),
}


# Who is whose guardian or relative: the dotted name of a connection (portal.representation.register.Register), or
# none; and the code of the agency whose clerks check documents where no register shows it.
PORTAL_HOUSEHOLD_REGISTER = env.str(
    "PORTAL_HOUSEHOLD_REGISTER", default="portal.demo.household.register" if PORTAL_DEMO else ""
)
PORTAL_REPRESENTATION_DESK = env.str("PORTAL_REPRESENTATION_DESK", default="civil-affairs")

# ------------------------------------------------------------------ departments
OAUTH2_PROVIDER_APPLICATION_MODEL = "accounts.ApiClient"
OAUTH2_PROVIDER: dict[str, Any] = {
    "SCOPES": {
        "catalogue": "Register and revise datasets",
        "holdings": "Report about whom a dataset holds records",
        "sharing": "Report what was shared",
        "consent.request": "Ask citizens for consent",
        "consent.decide": "Ask whether a use is consented to",
        "rights": "Answer rights requests",
    },
    "APPLICATION_ADMIN_CLASS": "portal.accounts.admin.ApiClientAdmin",
    "SCOPES_BACKEND_CLASS": "portal.accounts.scopes.ClientScopes",
    "OAUTH2_VALIDATOR_CLASS": "portal.accounts.client_auth.ClientValidator",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "ALLOWED_GRANT_TYPES": ["client-credentials"],
    # RFC 9700, whose rules the package switches on by default only in its next version
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
}
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.accounts.tokens.ClientAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["portal.accounts.tokens.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.accounts.problems.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "My Data Rights: departments' API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.accounts.openapi.with_problems",
    ],
    "ENUM_NAME_OVERRIDES": {"SpecialCategoryEnum": "portal.catalogue.words.SpecialCategory"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# ------------------------------------------------------------------ mail
EMAIL_CONFIG = env.email_url_config(env.str("PORTAL_EMAIL_URL", default="consolemail://"))
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("PORTAL_EMAIL_FROM", default="My Data Rights <no-reply@localhost>")

# ------------------------------------------------------------------ words, files, look
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = PORTAL_DATA_FOLDER / "static"
STATICFILES_DIRS = [BASE_DIR / "portal" / "pages" / "assets"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.pages.finders.PackagesFinder",
]
NODE_MODULES = BASE_DIR / "node_modules"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PORTAL_DATA_FOLDER / "files", "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "portal.pages.assets_storage.AssetsStorage"},
}
UNFOLD = {
    "SITE_TITLE": _("My Data Rights"),
    "SITE_HEADER": _("My Data Rights"),
    "SHOW_LANGUAGES": True,
    "STYLES": [lambda request: static("admin.css")],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("mark.svg")}],
    "COLORS": {
        "primary": {  # the citizens' blue
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(56% .15 250)",
            "600": "oklch(47.5% .135 250)",
            "700": "oklch(41% .12 254)",
            "800": "oklch(36% .1 257)",
            "900": "oklch(32% .085 260)",
            "950": "oklch(25% .065 262)",
        }
    },
}

# ------------------------------------------------------------------ headers
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *(place for provider in PORTAL_IDENTITY_PROVIDERS for place in provider.form_targets)],
    },
}
SECURE_SSL_REDIRECT = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

# ------------------------------------------------------------------ logs
# One JSON object a line, ours and the libraries' alike, and nothing in it that names a person (portal.trail.redaction).
ALIKE: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *ALIKE,
        redaction.tell_errors,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redaction.tell_errors,
                structlog.processors.JSONRenderer(ensure_ascii=False),
                redaction.strike_out,
            ],
            "foreign_pre_chain": ALIKE,
        }
    },
    "filters": {"tasks": {"()": redaction.TasksWithoutWords}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": env.str("PORTAL_LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": [], "propagate": False},
        "httpx": {"level": "WARNING"},  # whole addresses, with what they carry
        "axes": {"level": "WARNING"},
        "celery.app.trace": {"filters": ["tasks"]},
        "werkzeug": {"level": "WARNING"},
    },
}
