"""What was asked and answered, kept on disk: listed, searched, rated, exported; rid of what documents take along."""

from app.conversations.store import FILE, ConversationRecord, Conversations, RatedExchange

__all__ = ["FILE", "ConversationRecord", "Conversations", "RatedExchange"]
