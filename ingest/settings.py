"""What ingest can be told. Knows values and their limits; reads no environment and no file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.errors import SettingsError

BUILT_IN = "built-in"
DOCLING = "docling"
DEFAULT_COLLECTION = "default"


class Settings(BaseModel):
    """Base of all settings: immutable, and every bad value is named with the environment variable that sets it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Settings from field names and values; raises SettingsError that names each bad value."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc']))} = {fault['input']!r}: {fault['msg']}" for fault in error.errors()
            )
            raise SettingsError(f"A setting has no valid value: {faults}. Correct it and start again.") from error


class IngestSettings(Settings):
    """How documents get in. Each field is the environment variable DOCENT_<FIELD NAME>."""

    data_dir: Path = Path("data")
    collection: str = Field(DEFAULT_COLLECTION, min_length=1, max_length=200)
    encoder: str = BUILT_IN  # "built-in", a folder, or a hub name of a sentence-transformers model
    device: str = "auto"  # auto | cpu | cuda | cuda:N | mps
    chunk_tokens: int = Field(200, ge=32, le=8192)  # encoder tokens, heading path included
    batch_size: int = Field(32, ge=1, le=4096)  # texts embedded at once
    parser: Literal["built-in", "docling"] = "built-in"
    max_file_bytes: int = Field(200_000_000, ge=1)
    max_pages: int = Field(5_000, ge=1)
    ocr: bool = True  # recognise text in pictures and on scanned pages
    parse_seconds: int = Field(300, ge=1)  # wall clock for one file
    parse_memory_bytes: int = Field(4_000_000_000, ge=500_000_000)  # address space of the parsing process
