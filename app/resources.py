"""What all collections share: encoders, the reader's network, worker processes, conversations, prompts.

Weights and processes are what takes memory, so that there is one of each, however many collections are open; each
is loaded or started when it is first needed.
"""

from __future__ import annotations

import threading

from app.conversations import FILE, Conversations
from app.own_prompts import FOLDER as PROMPTS
from app.own_prompts import OwnPrompts
from app.preview.worker import PageWorker
from app.reading.span_reader import SpanReader
from app.settings import AppSettings
from ingest.embed import Encoder
from ingest.parse.isolated import ParserProcess


class Resources:
    """One for the whole application. Safe to use from any thread. Close it when done."""

    def __init__(self, settings: AppSettings) -> None:
        self.settings = settings
        self.conversations = Conversations(settings.data_dir / FILE, shared=settings.share_conversations)
        self.parser = ParserProcess(settings)  # its process begins with the first file
        self.page_worker = PageWorker(settings.parse_memory_bytes)
        self.reader = SpanReader()
        # Answers of the built-in reader compute one after the other: each uses all cores. Of twenty at once each takes
        # as long as it would alone, and the first are there soonest; side by side they took 1.7 times the processor
        # time, for every thread has its own team of torch's threads.
        self.turn = threading.Semaphore()
        self.own_prompts = OwnPrompts(settings.data_dir / PROMPTS)
        self._lock = threading.Lock()
        self._encoders: dict[str, Encoder] = {}

    def close(self) -> None:
        """Stop the worker processes."""
        self.parser.close()
        self.page_worker.close()
        self.conversations.close()

    def encoder(self, setting: str) -> Encoder:
        """The encoder of this name, one per name; nothing is loaded yet."""
        with self._lock:
            if setting not in self._encoders:
                self._encoders[setting] = Encoder(
                    setting, device=self.settings.device, batch_size=self.settings.batch_size
                )
            return self._encoders[setting]
