"""The closed vocabularies of a catalogue entry (Decree 809, Article 13)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AgencyKind(models.TextChoices):
    DEPARTMENT = "department", _("government department")
    PUBLIC_BODY = "public-body", _("body that manages public affairs")
    COMPANY = "company", _("company or association with public duties")


class Level(models.TextChoices):
    NATIONAL = "national", _("national")
    PROVINCE = "province", _("province")
    CITY = "city", _("city")
    COUNTY = "county", _("county or district")


class Channel(models.TextChoices):
    API = "api", _("its own system, by API")
    CLERK = "clerk", _("its clerks, in the admin")


class SystemStatus(models.TextChoices):
    PLANNED = "planned", _("being set up")
    IN_USE = "in-use", _("in use")
    RETIRED = "retired", _("retired")
    UNKNOWN = "unknown", _("not stated")


class DatasetKind(models.TextChoices):
    GOVERNMENT = "government", _("government data")
    PUBLIC = "public", _("other public data")


class UpdateFrequency(models.TextChoices):
    REAL_TIME = "real-time", _("in real time")
    DAILY = "daily", _("daily")
    WEEKLY = "weekly", _("weekly")
    MONTHLY = "monthly", _("monthly")
    QUARTERLY = "quarterly", _("every three months")
    YEARLY = "yearly", _("yearly")
    IRREGULAR = "irregular", _("as things change")
    NOT_STATED = "not-stated", _("not stated")


class Sharing(models.TextChoices):
    UNCONDITIONAL = "unconditional", _("shared unconditionally")
    CONDITIONAL = "conditional", _("shared under conditions")
    NOT_SHARED = "not-shared", _("not shared")


class Method(models.TextChoices):
    INTERFACE = "interface", _("by interface")
    VERIFICATION = "verification", _("by question and answer")
    FILE = "file", _("by file")
    DATABASE = "database", _("by database exchange")
    SANDBOX = "sandbox", _("used where it lies")
    NOT_STATED = "not-stated", _("not stated")


class Classification(models.TextChoices):
    BASIC = "basic", _("basic")
    SENSITIVE = "sensitive", _("sensitive")
    DERIVED = "derived", _("derived")


class Grade(models.TextChoices):
    GENERAL_1 = "general-1", _("general, grade 1")
    GENERAL_2 = "general-2", _("general, grade 2")
    GENERAL_3 = "general-3", _("general, grade 3")
    GENERAL_4 = "general-4", _("general, grade 4")
    IMPORTANT = "important", _("important data")
    CORE = "core", _("core data")


class SpecialCategory(models.TextChoices):
    """Sensitive personal information (PIPL 28; GDPR 9)."""

    BIOMETRIC = "biometric", _("biometrics")
    RELIGION = "religion", _("religious belief")
    IDENTITY = "specific-identity", _("specific identity")
    HEALTH = "health", _("health and medical care")
    FINANCE = "finance", _("financial accounts")
    LOCATION = "location", _("whereabouts")
    MINORS = "minors", _("children under 14")
    CRIMINAL = "criminal", _("criminal records")


class Basis(models.TextChoices):
    """Why an agency may collect or use (PIPL 13)."""

    DUTY = "duty", _("a duty given by law")
    CONSENT = "consent", _("your consent")
    CONTRACT = "contract", _("a contract with you")
    EMERGENCY = "emergency", _("a public health or other emergency")
    PUBLIC_INTEREST = "public-interest", _("news and oversight in the public interest")
    DISCLOSED = "disclosed", _("it is lawfully public already")
    OTHER_LAW = "other-law", _("another case provided by law")
    NOT_STATED = "not-stated", _("not stated")


class Opening(models.TextChoices):
    """Opening to the public, an attribute of its own: sharing never implies it."""

    CLOSED = "closed", _("not open to the public")
    CONDITIONAL = "conditional", _("open under conditions")
    OPEN = "open", _("open to the public")


class Force(models.TextChoices):
    """What a cited provision does: one that merely encourages carries nothing by itself."""

    POWER = "grants-power", _("gives the power to")
    DUTY = "imposes-duty", _("makes it a duty to")
    ENCOURAGES = "encourages", _("merely encourages it")
    NOT_STATED = "not-stated", _("not stated")


class Secrecy(models.TextChoices):
    """State and work secrets are no value: they are outside the catalogue (Decree 809, Article 3)."""

    NONE = "none", _("no secrets in it")
    TRADE = "trade-secret", _("holds trade secrets")


class Right(models.TextChoices):
    """What somebody may hold in a dataset, each apart from the others."""

    OWNER = "owner", _("ownership")
    MANAGER = "manager", _("management")
    USE = "use", _("use")
    BENEFIT = "benefit", _("benefit")


class Form(models.TextChoices):
    """In what form data is handed over. Pseudonymised data is personal still; anonymised data is not (PIPL 73)."""

    RAW = "raw", _("as it is")
    PSEUDONYMISED = "pseudonymised", _("pseudonymised")
    ANONYMISED = "anonymised", _("anonymised")
    AGGREGATED = "aggregated", _("aggregated")
    PRIVACY_COMPUTED = "privacy-computed", _("by privacy computing")
