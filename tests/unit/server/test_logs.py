"""Logs: one event, one line, whatever a caller sends."""

import json
import logging
import sys

import pytest

from sealstone.server import logs
from sealstone.server.settings import read


def record(message: str, **fields: object) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": message, "levelname": "INFO", "name": "sealstone", "created": 0.0, **fields})


def test_json_is_one_object_a_line() -> None:
    line = logs.JSONFormatter().format(record("a\r\nb\x1b[31m", request_id="r", code="X"))
    assert "\n" not in line
    assert "\x1b" not in line
    event = json.loads(line)
    assert event["time"] == "1970-01-01T00:00:00.000Z"
    assert (event["message"], event["request_id"], event["code"]) == ("a\r\nb\x1b[31m", "r", "X")


def test_text_escapes_what_could_forge_a_line() -> None:
    line = logs.TextFormatter().format(record("a\nb\x1b[31m", peer="1\n2"))
    assert line == "00:00:00 info    a\\nb\\x1b[31m  peer=1\\n2"


@pytest.mark.parametrize("formatter", [logs.JSONFormatter(), logs.TextFormatter()])
def test_a_failure_keeps_its_traceback(formatter: logging.Formatter) -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        assert "ZeroDivisionError" in formatter.format(record("x", exc_info=sys.exc_info()))


@pytest.mark.parametrize(("chosen", "kind"), [("text", logs.TextFormatter), ("auto", logs.JSONFormatter)])
def test_off_a_terminal_logs_are_json(chosen: str, kind: type[logging.Formatter]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.configure(read({"log_format": chosen, "log_level": "warning"}, {}))
        assert isinstance(root.handlers[0].formatter, kind)
        assert root.level == logging.WARNING
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
