"""Everything Docent raises on purpose. Each message says what happened and what to do next.

DocentError
├── SettingsError            a setting has no valid value
├── DocumentError            this one file cannot be used; the others go on
│   ├── UnsupportedDocument  no parser for this type
│   └── BrokenDocument       encrypted, damaged, empty, too large or too slow
├── UnknownDocument          a name that the collection does not hold
├── IndexUnusable            the index cannot be used as it is
│   ├── IndexBusy            another process is writing
│   ├── IndexMismatch        built with other settings than today's
│   └── IndexDamaged         the parts of the index disagree
└── ModelError               a model cannot be used
    ├── ModelUnavailable     missing weights, unreachable server, wrong key, too little memory
    └── ContextOverflow      the prompt does not fit the model's context
"""


class DocentError(Exception):
    """Base of all errors that reach the user as one line."""


class SettingsError(DocentError):
    """A setting has no valid value."""


class DocumentError(DocentError):
    """One file cannot be used; the others go on."""


class UnsupportedDocument(DocumentError):
    """No parser reads this type of file."""


class BrokenDocument(DocumentError):
    """The file is encrypted, damaged, empty, too large or too slow to read."""


class UnknownDocument(DocentError):
    """The collection holds no document of this name."""


class IndexUnusable(DocentError):
    """The index cannot be used as it is."""


class IndexBusy(IndexUnusable):
    """Another process is writing to the index."""


class IndexMismatch(IndexUnusable):
    """The index was built with other settings than today's."""


class IndexDamaged(IndexUnusable):
    """The catalog, the keyword index and the vectors disagree."""


class ModelError(DocentError):
    """A model cannot be used."""


class ModelUnavailable(ModelError):
    """Missing weights, an unreachable server, a wrong key or too little memory."""


class ContextOverflow(ModelError):
    """The prompt does not fit the model's context."""
