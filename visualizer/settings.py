"""Django's settings. What may differ from site to site comes from `environment.py`."""

from csp.constants import NONCE, NONE, SELF

from visualizer import environment
from visualizer.secret import secret_key

LAYERCAKE = environment.read()
PROJECT = environment.PROJECT

LAYERCAKE.data.mkdir(parents=True, exist_ok=True)
SECRET_KEY = secret_key(LAYERCAKE.data / "secret_key")
DEBUG = LAYERCAKE.debug
# Loopback names always, for health checks from inside.
ALLOWED_HOSTS = [*LAYERCAKE.hosts, "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = list(LAYERCAKE.origins)
if LAYERCAKE.behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_vite",
    "visualizer.apps.VisualizerConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "visualizer.web.headers.security_headers",
    "csp.middleware.CSPMiddleware",
    "visualizer.web.static_files.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "visualizer.urls"
ASGI_APPLICATION = "visualizer.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT / "templates"],
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

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": LAYERCAKE.data / "db.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            # A writer takes the lock when it begins: no upgrade in the middle that could not wait.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
        # A file, so that the database threads see one another's work in tests too.
        "TEST": {"NAME": LAYERCAKE.data / "test.sqlite3"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# One process holds the runners, so the groups that announce live in it too.
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

STATIC_URL = "/static/"
BUILT_FRONT_END = PROJECT / "static" / "dist"
STATICFILES_DIRS = [BUILT_FRONT_END]
# No STATIC_ROOT and no collectstatic: files are served from where they are.
WHITENOISE_USE_FINDERS = True
# Looked up when they are asked for: the front end may be built anew while the site runs, and an
# index made at the start would name files that are gone and not know those that came.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
SILENCED_SYSTEM_CHECKS = [
    "django_vite.W001",  # A front end that is not built has a page of its own.
    "staticfiles.W004",
    "security.W005",  # HSTS is for this host: its owner decides for subdomains and
    "security.W021",  # for the browsers' preload lists.
]
DJANGO_VITE = {
    "default": {
        "app_client_class": "visualizer.web.built_front.Client",
        "manifest_path": BUILT_FRONT_END / "manifest.json",
        "static_url_prefix": "",
    }
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# With origins that are all https the site is a public one behind a proxy that ends TLS.
HTTPS = bool(LAYERCAKE.origins) and all(o.startswith("https://") for o in LAYERCAKE.origins)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "visualizer.web.problems.csrf_failure"
# An API call may carry a Dockerfile and a list of files, never a whole context.
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LAYERCAKE.log_level},
    "loggers": {
        "daphne": {"level": "WARNING"},
        "django": {"level": LAYERCAKE.log_level},
        # Whoever scans the internet sends these, each with a traceback. The page says what to do.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}
