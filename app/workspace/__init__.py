"""What the page talks to: a collection of documents that is kept, filled and asked.

workspace    all of it behind one class
worker       brings documents in, one after the other; `pace` measures how fast, `background` keeps what went wrong
upkeep       rebuild, re-embed and verify as tasks of their own
removals     take documents out in a moment, unless that is undone
contents     a document's text and chunks as the model sees them
tags         words that people put on documents
"""

from app.workspace.workspace import Workspace

__all__ = ["Workspace"]
