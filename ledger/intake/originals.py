"""The files as they were sent, kept by content: what was taken can be taken again, and shown to whoever doubts it."""

from ledger.kit.contents import Contents

_ORIGINALS = Contents("originals")
path_of, keep = _ORIGINALS.path_of, _ORIGINALS.keep
