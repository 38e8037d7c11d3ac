"""The citizen's pages of the ledger."""

from portal.ledger.views.alerts import alert_settings
from portal.ledger.views.asking import ask
from portal.ledger.views.checks import check
from portal.ledger.views.sharing import data, event, export, export_json, export_pdf, proof, sharing
from portal.ledger.views.withheld import withheld

__all__ = [
    "alert_settings",
    "ask",
    "check",
    "data",
    "event",
    "export",
    "export_json",
    "export_pdf",
    "proof",
    "sharing",
    "withheld",
]
