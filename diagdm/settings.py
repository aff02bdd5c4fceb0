"""All settings of the portal, read from the environment; without any, a private start on SQLite."""

import logging
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue
from stdnum import iban as iban_numbers

from diagdm.data import caches, database
from diagdm.files import file_keys, private_files, secret_key
from diagdm.schedule import BEAT_SCHEDULE
from portal.operations import logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

# --- Where we run -----------------------------------------------------------------------------
# development: the default, private to this machine. demo: the same with the demo world and its
# accounts. production: refuses to start on anything unsafe.
ENVIRONMENT = env.str("DIAGDM_ENVIRONMENT", "development")
if ENVIRONMENT not in {"development", "demo", "production"}:
    raise ImproperlyConfigured(
        f"DIAGDM_ENVIRONMENT is {ENVIRONMENT!r}; it must be development, demo or production."
    )
PRODUCTION = ENVIRONMENT == "production"
DEMO = ENVIRONMENT == "demo"
DEBUG = env.bool("DIAGDM_DEBUG", False)
VAR_DIR = Path(env.str("DIAGDM_VAR", str(BASE_DIR / "var")))
ALLOWED_HOSTS = env.list("DIAGDM_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PORTAL_URL = env.str("DIAGDM_URL", "http://localhost:8000").rstrip("/")
SECRET_KEY = secret_key(env, production=PRODUCTION, made_in=VAR_DIR / "secret_key")
if PRODUCTION:
    if len(SECRET_KEY) < 50 or SECRET_KEY.startswith("django-insecure"):
        raise ImproperlyConfigured("DIAGDM_SECRET_KEY must hold at least 50 random characters in production.")
    if DEBUG:
        raise ImproperlyConfigured("DIAGDM_DEBUG must be off in production.")
    if "*" in ALLOWED_HOSTS or not ALLOWED_HOSTS:
        raise ImproperlyConfigured("DIAGDM_ALLOWED_HOSTS must list the portal's host names in production.")

# --- Applications -----------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "portal.operations",
    "portal.accounts",
    "portal.documents",
    "portal.audit",
    "portal.notifications",
    "tariffs",
    "experts",
    "applications",
]

MIDDLEWARE = [
    "portal.operations.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.accounts.middleware.NoStoreMiddleware",
    "portal.accounts.middleware.SecondFactorMiddleware",
    "portal.documents.middleware.FileUnavailableMiddleware",
]
# The token that Prometheus shows at /metrics; without one there is no such page, and nothing is counted.
METRICS_TOKEN = env.str("DIAGDM_METRICS_TOKEN", "").strip()
if METRICS_TOKEN:
    if len(METRICS_TOKEN) < 20:
        raise ImproperlyConfigured("DIAGDM_METRICS_TOKEN must hold at least 20 random characters.")
    MIDDLEWARE = [
        "django_prometheus.middleware.PrometheusBeforeMiddleware",
        *MIDDLEWARE,
        "django_prometheus.middleware.PrometheusAfterMiddleware",
    ]

ROOT_URLCONF = "diagdm.urls"
WSGI_APPLICATION = "diagdm.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "csp.context_processors.nonce",
                "portal.accounts.context.navigation",
            ],
            "builtins": ["portal.display"],
        },
    },
]

# --- Data -------------------------------------------------------------------------------------
DATABASES = {
    "default": database(env, embedded=VAR_DIR / "portal.sqlite3", counted=bool(METRICS_TOKEN)),
}
CACHES = caches(env)

STORAGES = {
    "default": private_files(env, VAR_DIR / "files"),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# The most sensitive files are encrypted under the first of these keys; the others only open what they closed.
FILE_KEYS = file_keys(env, production=PRODUCTION, made_in=VAR_DIR / "file_keys")
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("DIAGDM_STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# --- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.backend.PortalBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["full_name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home_of_user"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# Confirming in the browser that signed up goes on to where one was going: a simulation is not lost on the way.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# The other sessions end by the new password itself; the one that changed it goes on.
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "portal.accounts.forms.LoginForm",
    "signup": "portal.accounts.forms.SignupForm",
    "add_email": "portal.accounts.forms.AddEmailForm",
    "reset_password": "portal.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "portal.accounts.forms.ResetPasswordKeyForm",
    "change_password": "portal.accounts.forms.ChangePasswordForm",
    "set_password": "portal.accounts.forms.SetPasswordForm",
    "reauthenticate": "portal.accounts.forms.ReauthenticateForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("DIAGDM_PROXIES", 0)
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "portal.accounts.passkeys.MfaAdapter"
MFA_FORMS = {
    "add_webauthn": "portal.accounts.passkeys.AddPasskeyForm",
    "edit_webauthn": "portal.accounts.passkeys.RenamePasskeyForm",
    "login_webauthn": "portal.accounts.passkeys.SignInPasskeyForm",
    "authenticate_webauthn": "portal.accounts.passkeys.SecondFactorPasskeyForm",
    "reauthenticate_webauthn": "portal.accounts.passkeys.ConfirmPasskeyForm",
    "deactivate_totp": "portal.accounts.forms.RemoveFactorForm",
}
MFA_TOTP_ISSUER = "Diagnostic DM"
# Nobody is signed in without a confirmed address; whoever must have a second factor may still change theirs.
MFA_ALLOW_UNVERIFIED_EMAIL = True
if DEMO:
    # The demonstration writes its accounts' codes on the page, and takes one twice.
    MFA_FORMS |= {"authenticate": "portal.accounts.demonstration.DemoCodeForm"}
# The pages, beside those that set it up, that answer a person who owes a second factor: legal and help.
SECOND_FACTOR_OPEN = frozenset(
    {
        "legal_notice",
        "privacy",
        "accessibility",
        "service_status",
        "guide_index",
        "guide_questions",
        "guide_glossary",
    }
)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.accounts.views.stale_form.stale_form"

# --- Sectors the portal plugs into its generic rooms ------------------------------------------
# `portal` knows nothing of the scheme: the scheme tells it here who may read a document, what
# each outbox kind does and what a person's menu holds.
DOCUMENT_POLICY = "applications.services.documents.may_read"
DOCUMENT_SCANNED = "applications.services.filing_pieces.after_scan"
# The documents that must be encrypted, wherever they were kept before they had to be.
DOCUMENTS_TO_ENCRYPT = "applications.services.sensitivity.to_encrypt"
OUTBOX_HANDLERS = {
    "notify": "portal.notifications.services.deliver_notification",
    "email": "portal.notifications.services.deliver_email",
    "digest": "portal.notifications.digests.deliver",
    "announce": "applications.services.announcements.deliver",
    "render_letter": "applications.letters.render.render_letter",
    "render_certificate": "applications.letters.certificate.render_certificate",
    "preview_letter": "applications.letters.render.preview_letter",
    "render_offer": "applications.letters.offer.render_offer",
    "read_closure": "applications.services.invoices.reading.read_closure",
    "draft_invoice": "applications.letters.invoice.render_invoice",
    "scan_document": "portal.documents.services.scan_document",
    "render_preview": "portal.documents.previews.render_preview",
    "make_export": "applications.exports.jobs.make",
    "make_parcel": "applications.exports.parcels.make",
    "rehearse_edition": "applications.exports.rehearsals.make",
    "assign_by_rules": "applications.services.assignment.automatic.give",
    "assign_many": "applications.exports.many_assigned.work",
    "relist_firm": "applications.services.listing.relist_firm",
    "stamp_head": "portal.audit.heads.stamp_head",
}
# Duties that take minutes: they show their progress, and are done again from the start after a crash.
OUTBOX_LONG = frozenset({"make_export", "make_parcel", "assign_many", "rehearse_edition"})
# The queue of each outbox kind that has one of its own.
OUTBOX_QUEUES = {
    "render_letter": "pdf",
    "render_certificate": "pdf",
    "preview_letter": "pdf",
    "render_offer": "pdf",
    "read_closure": "pdf",
    "draft_invoice": "pdf",
    "render_preview": "pdf",
    "scan_document": "antivirus",
}
# Lists longer than this are exported by a worker, who gives up after so many seconds (the tasks' limit is 300).
EXPORT_JOB_ROWS = env.int("DIAGDM_EXPORT_JOB_ROWS", 5000)
EXPORT_SECONDS = env.int("DIAGDM_EXPORT_SECONDS", 240)
# After how many days without a receipt the sender of a parcel to a ministry is told, again and again.
TRANSMISSION_RECEIPT_DAYS = env.int("DIAGDM_TRANSMISSION_RECEIPT_DAYS", 15)
# Who may still be told of an event, asked just before the notice is written.
NOTIFICATION_POLICY = "applications.services.announcements.may_be_told"
# Which families of notices a person may set apart, and who gets some of each.
NOTIFICATION_FAMILIES = "diagdm.families.FAMILIES"
NAVIGATION = "diagdm.navigation.menu"
# What the journal remembers of the editions published on the portal, against which their texts are read; and how
# often, in seconds, a process looks whether there are new ones (an edition begins at the earliest the next day).
EDITION_WITNESS = "applications.services.editions.witness.remembered"
EDITIONS_READ_EVERY: float | None = 60.0
# How many terms of each kind should have been worked on an earlier day, for whoever watches the portal.
LATE_WORK = "applications.services.late.by_kind"
# What is wrong with what the pages rest upon, in French sentences, for the page that says whether all works.
HEALTH_PROBLEMS = "applications.services.editions.witness.problems"
# "host:port" or a socket's path; with it, no file is readable before ClamAV finds it clean.
CLAMD_ADDRESS = env.str("CLAMD_ADDRESS", "")
# The texts of the editions that a backup takes along: a dossier is worth what its edition says.
BACKUP_TEXTS = BASE_DIR / "tariffs" / "editions"
# The PKCS#12 file of the organisation's seal; outside production a test certificate is made where it is absent.
SEAL_CERTIFICATE = env.str("DIAGDM_SEAL_CERTIFICATE", "")
SEAL_PASSPHRASE = env.str("DIAGDM_SEAL_PASSPHRASE", "")
# A folder of certificates (*.pem) that sealed earlier letters, or issued those that did.
SEAL_TRUST = env.str("DIAGDM_SEAL_TRUST", "")

# Where each day's record of the journal is kept out of the database, one file a day.
AUDIT_HEADS = env.str("DIAGDM_HEADS", str(VAR_DIR / "heads"))
# The RFC 3161 service that stamps them; empty, they are labelled « locale ». TSA_TRUST: a folder of roots (*.pem).
TSA_URL = env.str("DIAGDM_TSA_URL", "")
TSA_TRUST = env.str("DIAGDM_TSA_TRUST", "")
if TSA_URL and not TSA_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured("DIAGDM_TSA_URL must begin with https:// or http://.")

# The public directory of companies, such as https://recherche-entreprises.api.gouv.fr/search; empty: all is typed.
DIRECTORY_URL = env.str("DIAGDM_DIRECTORY_URL", "")
if DIRECTORY_URL and not DIRECTORY_URL.startswith(("https://", "http://localhost", "http://127.0.0.1")):
    raise ImproperlyConfigured(
        "DIAGDM_DIRECTORY_URL must begin with https:// (http:// on this machine only)."
    )

# The account from which Bpifrance pays the experts; without it, no batch of transfers can be made. Outside
# production, an account of nobody's whose checksum is right.
_payer = ("Bpifrance", "", "") if PRODUCTION else ("Essai", "FR1420041010050500013M02606", "PSSTFRPPPAR")
PAYER = {
    "name": env.str("DIAGDM_PAYER_NAME", _payer[0]),
    "iban": env.str("DIAGDM_PAYER_IBAN", _payer[1]).replace(" ", "").upper(),
    "bic": env.str("DIAGDM_PAYER_BIC", _payer[2]).replace(" ", "").upper(),
}
if PAYER["iban"] and not iban_numbers.is_valid(PAYER["iban"]):
    raise ImproperlyConfigured("DIAGDM_PAYER_IBAN is no IBAN: its length or checksum is wrong.")

# --- What the pages about the portal say --------------------------------------------------------
# Who publishes it, who hosts it, and whom to write to; neutral until the publisher says otherwise.
ABOUT = {
    "publisher": env.str("DIAGDM_PUBLISHER", "l’organisme qui exploite ce portail"),
    "publisher_address": env.str("DIAGDM_PUBLISHER_ADDRESS", ""),
    "publication_director": env.str("DIAGDM_PUBLICATION_DIRECTOR", ""),
    "host": env.str("DIAGDM_HOST", "l’hébergeur choisi par cet organisme"),
    "host_address": env.str("DIAGDM_HOST_ADDRESS", ""),
    "contact_email": env.str("DIAGDM_CONTACT_EMAIL", "contact@diagdm.example"),
    "accessibility_email": env.str("DIAGDM_ACCESSIBILITY_EMAIL", "accessibilite@diagdm.example"),
    "dpo_email": env.str("DIAGDM_DPO_EMAIL", "donnees-personnelles@diagdm.example"),
}
# How long what people gave is kept, and what is done then: one table, which the pages show and the sweep follows.
RETENTION_RULES = "applications.services.retention.rules.RULES"

# --- Mail -------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="filemail://") if env.str("EMAIL_URL", "") else {}
vars().update(EMAIL_CONFIG)
if not EMAIL_CONFIG:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(VAR_DIR / "mails")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DIAGDM_FROM_EMAIL", "Diagnostic DM <ne-pas-repondre@diagdm.example>")

# --- Workers ----------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("REDIS_URL", "memory://localhost/")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Europe/Paris"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page that rings does not wait for a broker that is down (no retries); a worker comes back to it by itself.
REDIS_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "max_retries": 0,
}
CELERY_BROKER_TRANSPORT_OPTIONS = REDIS_TRANSPORT_OPTIONS if CELERY_BROKER_URL.startswith("redis") else {}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "scans"
# A long PDF or a slow scanner never holds the others up; a worker takes all three queues unless told otherwise.
CELERY_TASK_QUEUES = [Queue("scans"), Queue("pdf"), Queue("antivirus")]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_BEAT_SCHEDULER = "portal.notifications.signs:BeatScheduler"
# A task bears the id of the request that asked for it, and is told once, when it is done.
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG

# --- Language and time ------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
LANGUAGES = [("fr", "Français")]
USE_THOUSAND_SEPARATOR = True

# --- Forms and API ----------------------------------------------------------------------------
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "NUM_PROXIES": ALLAUTH_TRUSTED_PROXY_COUNT,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Portail Diagnostic Dispositif Médical",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

# --- Security ---------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "camera": [],
    "geolocation": [],
    "microphone": [],
    "payment": [],
    "usb": [],
    "publickey-credentials-create": ["self"],
    "publickey-credentials-get": ["self"],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("DIAGDM_SSL_REDIRECT", True)
    # Asked from beside, behind the proxy that ends TLS.
    SECURE_REDIRECT_EXEMPT = [r"^sante/", r"^metrics$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

# --- Logs -------------------------------------------------------------------------------------
LOGGING = logs.configuration(as_json=PRODUCTION, level=env.str("DIAGDM_LOG_LEVEL", "INFO"))
