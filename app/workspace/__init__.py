"""What the page talks to: collections of documents that are kept, filled and asked.

library      all collections, and the models that they share
workspace    one of them, with all that can be done to it, behind one class
worker       brings documents in, one after the other; `pace` measures how fast, `background` keeps what went wrong
upkeep       rebuild, re-embed and verify as tasks of their own
removals     take documents out in a moment, unless that is undone
contents     a document's text and chunks as the model sees them
tags         words that people put on documents
"""

from app.workspace.library import Library
from app.workspace.workspace import Workspace

__all__ = ["Library", "Workspace"]
