"""What a device calls itself, in a few words for its owner."""

from __future__ import annotations

import re

MAX_LABEL = 64

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""Signs in the User-Agent. The order counts: most browsers claim to be some of the later ones as well."""

_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)

_PROGRAM = re.compile("[A-Za-z][A-Za-z0-9._-]*")


def device_label(user_agent: str) -> str:
    """Such as "Firefox on Android", or the name of a program; empty when it says nothing of use.

    Nobody can write into it what they like: a browser gets words of ours, a program its plain name.
    """
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), None)
    if browser is None:
        program = _PROGRAM.match(user_agent)
        return program[0][:MAX_LABEL] if program and not user_agent.startswith("Mozilla/") else ""
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), None)
    return f"{browser} on {system}" if system else browser
