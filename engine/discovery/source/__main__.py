"""`python -m engine.discovery.source TREE`: the reading as one JSON document on stdout."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from engine.discovery.source.reading import read_source

sys.stdout.buffer.write(msgspec.json.encode(read_source(Path(sys.argv[1]))))
