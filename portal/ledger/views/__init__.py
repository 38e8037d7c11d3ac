"""The citizen's pages of the ledger."""

from portal.ledger.views.sharing import data, event, export, export_json, export_pdf, proof, sharing

__all__ = ["data", "event", "export", "export_json", "export_pdf", "proof", "sharing"]
