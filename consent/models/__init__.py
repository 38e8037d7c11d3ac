"""What the consent register keeps: purposes and their notices, consents and their history, decisions, the feed."""

from consent.models.consents import Consent, ConsentChange, ConsentEvent, Move, Way
from consent.models.decisions import Answer, Decision, Reason
from consent.models.findings import Finding, FindingKind
from consent.models.links import ConsentLink, ReturnAddress
from consent.models.purposes import Kind, Need, Notice, Purpose, PurposeItem, Risk
from consent.models.reviews import Comment, EthicsReview
from consent.models.rounds import AskingRound, RoundLine
from consent.models.stops import Stop

__all__ = [
    "Answer",
    "AskingRound",
    "Comment",
    "Consent",
    "ConsentChange",
    "ConsentEvent",
    "ConsentLink",
    "Decision",
    "EthicsReview",
    "Finding",
    "FindingKind",
    "Kind",
    "Move",
    "Need",
    "Notice",
    "Purpose",
    "PurposeItem",
    "Reason",
    "ReturnAddress",
    "Risk",
    "RoundLine",
    "Stop",
    "Way",
]
