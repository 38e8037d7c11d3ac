"""Documents that prove a representation: handed in by who asks, checked by a clerk of the office for it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

from portal.accounts import actions as accounts
from portal.representation import policy, queries
from portal.representation.actions import steps
from portal.representation.errors import DocumentsMissing, DocumentTooLarge, ReasonMissing, TooManyFiles
from portal.representation.models import Document, Representation
from portal.representation.states import Kind, Proof, State, WaitsFor
from portal.trail import files
from portal.trail.actor import Actor
from portal.trail.errors import FileTooLarge, IllegalMove
from portal.trail.ids import new_id

LARGEST = 10 * 1024 * 1024  # bytes


@transaction.atomic
def hand_in(row: Representation, *, name: str, content: Iterable[bytes], actor: Actor, at: datetime) -> Document:
    """Hand in a document. Raises FileNameInvalid, DocumentTooLarge, FileEmpty, TooManyFiles, IllegalMove.

    The content is written, encrypted, before the row is locked; without its row nothing refers to it.
    """
    policy.require(actor, "representation.hand_in", row)
    safe, identifier = files.safe_name(name), new_id()
    try:
        stored = files.store(content, folder="representation", identifier=identifier, largest=LARGEST)
    except FileTooLarge as error:
        raise DocumentTooLarge from error
    try:
        with transaction.atomic():
            return _handed_in(row, safe, stored, identifier, actor=actor, at=at)
    except BaseException:
        files.remove(stored.stored_as)
        raise


def _handed_in(
    row: Representation, name: str, stored: files.Stored, identifier: UUID, *, actor: Actor, at: datetime
) -> Document:
    row = steps.locked(row, "representation.hand_in", actor)
    if row.state != State.ASKED or row.agency_id is None or row.representative_key is None:
        raise IllegalMove
    if Document.objects.filter(representation=row).count() >= policy.MOST_DOCUMENTS:
        raise TooManyFiles
    document = Document(
        id=identifier,
        representation=row,
        representative_key=row.representative_key,
        agency_id=row.agency_id,
        name=name,
        size=stored.size,
        sha256=stored.sha256,
        stored_as=stored.stored_as,
        at=at,
    )
    document.save(force_insert=True)
    steps.note(row, "document.handed_in", actor=actor, at=at, document=document.pk, sha256=stored.sha256)
    return document


@transaction.atomic
def open_document(
    row: Representation, identifier: UUID, *, actor: Actor, at: datetime
) -> tuple[Document, Iterator[bytes]]:
    """A document's content, for the clerk who checks it; each look is recorded."""
    policy.require(actor, "representation.check", row)
    document = queries.document(row, identifier)
    steps.note(row, "document.opened", actor=actor, at=at, document=document.pk)
    return document, files.opened(document.stored_as)


@transaction.atomic
def show_people(
    row: Representation, *, reason: str, actor: Actor, at: datetime
) -> tuple[accounts.Disclosed, accounts.Disclosed]:
    """Show the clerk who the two are, to compare with the documents; each of them sees that somebody looked."""
    policy.require(actor, "representation.check", row)
    if not reason.strip():
        raise ReasonMissing
    about = f"representation.representation:{row.pk}"
    keys = (bytes(row.subject_key), bytes(row.representative_key or b""))
    first, second = (accounts.disclose(key, reason=reason.strip(), about=about, actor=actor, at=at) for key in keys)
    return first, second


@transaction.atomic
def approve(row: Representation, *, actor: Actor, at: datetime) -> Representation:
    """The documents prove it. A young person is then asked; everybody else is represented from now on."""
    row = _checked(row, actor)
    if not Document.objects.filter(representation=row).exists():
        raise DocumentsMissing
    if row.valid_until is not None and row.valid_until <= at:
        raise IllegalMove
    row.proof = Proof.DOCUMENTS
    if row.kind == Kind.MINOR:
        row.waits_for, row.answer_by = WaitsFor.PERSON, at + policy.ANSWER_WITHIN
        steps.keep(row, "representation.checked", "proof", "waits_for", "answer_by", actor=actor, at=at)
        steps.tell_person(row, "representation_asked", at=at)
        return row
    steps.prove(row, actor=actor, at=at)
    steps.keep(row, "representation.proven", *steps.PROVEN, actor=actor, at=at)
    steps.tell_person(row, "representation_began", at=at)
    steps.tell_representative(row, "representation_may_begin", at=at)
    return row


@transaction.atomic
def reject(row: Representation, *, reason: str, actor: Actor, at: datetime) -> Representation:
    """The documents do not prove it; the reason is told (未成年人网络保护条例 34 wants it in writing)."""
    row = _checked(row, actor)
    if not reason.strip():
        raise ReasonMissing
    row.reason = reason.strip()[:2000]
    steps.close(row, State.REFUSED, by=actor, at=at)
    steps.keep(row, "representation.refused", "reason", *steps.CLOSED, actor=actor, at=at)
    steps.tell_representative(row, "representation_refused", at=at)
    return row


def _checked(row: Representation, actor: Actor) -> Representation:
    row = steps.locked(row, "representation.check", actor)
    if row.state != State.ASKED or row.waits_for != WaitsFor.DOCUMENTS:
        raise IllegalMove
    return row
