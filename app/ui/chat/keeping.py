"""Keeps a conversation while it happens: the question when it is asked, the rest when that is known."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from app.conversations import Conversations
from app.conversations.kept import Asked
from app.ui.chat.conversation import Conversation, Exchange, Stop
from app.ui.workspace import Workspace
from ingest.errors import DocentError

log = logging.getLogger(__name__)


def kept(
    exchanges: Iterator[Exchange],
    before: Conversation,
    instead_of: Exchange | None,
    asked: Asked,
    stop: Stop,
    owner: str | None,
    workspace: Workspace,
) -> Iterator[Conversation]:
    """The conversation for each state of the exchange under way.

    One that it stands in for gives way once there is an answer; until then, and where there is none, it stays. An
    answer that cannot be kept is shown all the same.
    """
    store = workspace.conversations
    given_up = instead_of if instead_of is not None and instead_of.answer is None else None
    stays = instead_of if given_up is None else None
    conversation, id_ = _begin(before, asked, given_up, owner, store)
    for exchange in exchanges:
        exchange = replace(exchange, id=id_)
        if exchange.finished:
            conversation = _finish(conversation, exchange, stays, store)
            if exchange.answer is not None and exchange.id is not None:
                _forget(exchange, asked, store, workspace)
            if stays is not None and exchange.answer is None:
                conversation = conversation.add(stays, stop)
        yield conversation.add(exchange, stop)


def _begin(
    conversation: Conversation, asked: Asked, instead_of: Exchange | None, owner: str | None, store: Conversations
) -> tuple[Conversation, int | None]:
    if owner is None:
        return conversation, None
    try:
        id_, exchange = store.begin(owner, conversation.id, asked, instead_of=instead_of.id if instead_of else None)
        return replace(conversation, id=id_, title=store.title(owner, id_), trouble=None), exchange
    except DocentError as error:
        log.warning("A question is not kept: %s", error)
        return replace(conversation, trouble=str(error)), None


def _finish(
    conversation: Conversation, exchange: Exchange, instead_of: Exchange | None, store: Conversations
) -> Conversation:
    if exchange.id is None:
        return conversation
    replaced = instead_of.id if instead_of is not None and exchange.answer is not None else None
    try:
        store.finish(exchange.id, answer=exchange.answer, problem=exchange.problem, instead_of=replaced)
    except DocentError as error:
        log.warning("An answer is not kept: %s", error)
        return replace(conversation, trouble=str(error))
    return conversation


def _forget(exchange: Exchange, asked: Asked, store: Conversations, workspace: Workspace) -> None:
    """Documents that went while the answer was made took their text only from what was kept until then."""
    try:
        store.forget_gone(asked.collection, workspace.stored_text, exchange=exchange.id)
    except DocentError as error:  # the next start looks at everything again
        log.warning("A kept answer was not compared with its documents: %s", error)
