"""What citizens say of a use before it is approved."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consent import policy
from consent.errors import InvalidTerms, NotOpenForComment
from consent.models import Comment, Purpose
from consent.models.reviews import LONGEST_COMMENT
from consent.states import PurposeState
from portal.trail import actions as trail
from portal.trail.actor import Actor


@transaction.atomic
def comment(purpose: Purpose, *, text: str, actor: Actor, at: datetime) -> Comment:
    """Say something of a purpose that is open for comment. Raises NotOpenForComment, InvalidTerms, NotPermitted.

    Who decides reads the words and not whose they are; the trail tells nobody but their author.
    """
    policy.require(actor, "consent.comment", purpose)
    if purpose.state != PurposeState.OPEN or purpose.comments_until is None or at > purpose.comments_until:
        raise NotOpenForComment
    if not 0 < len(text.strip()) <= LONGEST_COMMENT:
        raise InvalidTerms(_("Write something, and no more than 2000 characters."), field="text")
    said = Comment(purpose=purpose, subject_key=actor.subject_key, text=text.strip(), made_at=at)
    said.save(force_insert=True)
    trail.record("consent.comment.made", actor=actor, at=at, about=said, subject=actor.subject_key)
    return said
