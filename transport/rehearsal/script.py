"""Reads a script: everything that can be wrong with it is found before anything is played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from domain.refusals import Refused
from transport.files.whole_file import read_whole
from transport.rehearsal.continuity import Break, Continuity
from transport.rehearsal.lines import KINDS, Cast, Line, Send, Step, Title
from transport.wire.first_error import first_error
from transport.wire.strict_json import NotJson, read_json

MAX_SCRIPT_BYTES = 64 * 1024 * 1024


class InvalidScript(Refused):
    """The message names the line."""

    code = "invalid_script"


@dataclass(frozen=True, slots=True)
class Script:
    """`folder` is where its map files lie."""

    title: str
    cast: Sequence[Cast]
    steps: Sequence[Step]
    folder: Path

    @property
    def commands(self) -> int:
        """How many client messages it sends."""
        return sum(isinstance(step, Send) for step in self.steps)


def read_script(path: Path) -> Script:
    """Raises InvalidScript, FileTooLarge, OSError."""
    written = read_whole(path, MAX_SCRIPT_BYTES).splitlines()
    lines = [_line(number, text) for number, text in enumerate(written, start=1) if text.strip()]
    if not lines or not isinstance(lines[0], Title):
        raise InvalidScript("line 1: a script begins with its title")
    cast_lines = [line for line in lines if isinstance(line, Cast)]
    script = Script(lines[0].title, cast_lines, cast(Sequence[Step], lines[1 + len(cast_lines) :]), path.parent)
    if lines[1 : 1 + len(cast_lines)] != cast_lines:
        raise InvalidScript(f"line {cast_lines[-1].number}: the cast comes right after the title")
    _check(script)
    return script


def _line(number: int, text: bytes) -> Line:
    try:
        content = read_json(text)
    except NotJson as error:
        raise InvalidScript(f"line {number}: not JSON: {error}") from None
    if not isinstance(content, dict):
        raise InvalidScript(f"line {number}: not a JSON object")
    kinds = [kind for key, kind in KINDS.items() if key in content]
    if len(kinds) != 1:
        raise InvalidScript(f"line {number}: exactly one of these is needed: {', '.join(KINDS)}")
    try:
        return kinds[0].model_validate({**cast(dict[str, Any], content), "number": number})
    except ValidationError as error:
        raise InvalidScript(f"line {number}: {first_error(error)}") from None


def _check(script: Script) -> None:
    parts: dict[str, Cast] = {}
    for part in script.cast:
        if part.cast in parts:
            raise InvalidScript(f"line {part.number}: {part.cast} is in the cast twice")
        parts[part.cast] = part
    continuity = Continuity(parts, script.folder)
    number = script.cast[-1].number if script.cast else 1
    try:
        continuity.begin()
        for step in script.steps:
            number = step.number
            if isinstance(step, Title):
                raise Break("a script has one title")
            continuity.follow(step)
        continuity.finish()
    except Break as problem:
        raise InvalidScript(f"line {number}: {problem}") from None
