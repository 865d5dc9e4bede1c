"""Textual's way to a page in a browser, for pages that send what no keyboard would."""

from __future__ import annotations

import json
from codecs import getincrementaldecoder

from textual import messages
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers._byte_stream import ByteStream
from textual.drivers.web_driver import WebDriver, _ExitInput


class PageDriver(WebDriver):
    """Ends the app when the server is gone, and outlives input that makes no sense."""

    def run_input_thread(self) -> None:
        """Read packets until the server or the app ends."""
        self._parser = XTermParser(debug=self._debug)
        self._decoder = getincrementaldecoder("utf-8")(errors="replace")
        stream = ByteStream()
        try:
            for raw in self._input_reader:
                for packet_type, payload in stream.feed(raw) if raw else ():
                    self._take(packet_type, payload)
                for event in self._parser.tick():
                    self.process_message(event)
        except (_ExitInput, OSError):
            pass
        finally:
            self._input_reader.close()
        if not self.exit_event.is_set():
            self._app.post_message(messages.ExitApp())

    def _take(self, packet_type: str, payload: bytes) -> None:
        try:
            if packet_type != "D":
                self._on_meta(packet_type, payload)
                return
            text = self._decoder.decode(payload)
            for event in self._parser.feed(text) if text else ():
                self.process_message(event)
        except (ValueError, KeyError, TypeError, OverflowError, ParseError, json.JSONDecodeError):
            self._parser = XTermParser(debug=self._debug)
