"""What the consent register keeps: purposes and their notices, consents and their history, decisions, the feed."""

from consent.models.consents import Consent, ConsentChange, ConsentEvent, Move, Way
from consent.models.decisions import Answer, Decision, Reason
from consent.models.purposes import Kind, Need, Notice, Purpose, PurposeItem, Risk
from consent.models.reviews import Comment, EthicsReview
from consent.models.rounds import AskingRound, RoundLine

__all__ = [
    "Answer",
    "AskingRound",
    "Comment",
    "Consent",
    "ConsentChange",
    "ConsentEvent",
    "Decision",
    "EthicsReview",
    "Kind",
    "Move",
    "Need",
    "Notice",
    "Purpose",
    "PurposeItem",
    "Reason",
    "Risk",
    "RoundLine",
    "Way",
]
