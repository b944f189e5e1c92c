"""SQL that reads a JSON value as the type of a column, and raises nothing: the log may hold an event that is odd.

What cannot be read as the type is null, as a value and in a list; what is no list is an empty one. Each cast is within
a CASE, since a condition beside it may be evaluated after it.
"""

from __future__ import annotations


def as_id(text: str) -> str:
    """A uuid, of 32 hexadecimal digits and hyphens anywhere; `text` is SQL for the value as text.

    A regular expression for the whole form would take five times as long.
    """
    digits = f"replace({text}, '-', '')"
    return f"case when length({digits}) = 32 and {text} !~ '[^0-9a-fA-F-]' then {digits}::uuid end"


def as_integer(value: str) -> str:
    """An integer of 32 bits, rounded; `value` is SQL for the value as JSON, as in what follows.

    JSON that is between two numbers is a number.
    """
    return f"case when {value} between '-2147483648' and '2147483647' then ({value})::integer end"


def as_number(value: str) -> str:
    """A double precision; what is too small for one is 0."""
    number = f"case when abs(({value})::numeric) > 1e-300 then ({value})::double precision else 0 end"
    return f"case when {value} between '-1e300' and '1e300' then {number} end"


def as_boolean(value: str) -> str:
    """A boolean."""
    return f"case {value} when 'true' then true when 'false' then false end"


def as_texts(value: str) -> str:
    """A text[] of the elements of a list."""
    return f"array(select jsonb_array_elements_text({_list(value)}))"


def as_ids(value: str) -> str:
    """A uuid[] of the elements of a list."""
    return f"array(select {as_id('one')} from jsonb_array_elements_text({_list(value)}) as one)"


def as_places(value: str, index: int) -> str:
    """A text[] of what is at this place, counted from 0, of each pair in a list."""
    return f"array(select pair ->> {index} from jsonb_array_elements({_list(value)}) as pair)"


def _list(value: str) -> str:
    return f"case when jsonb_typeof({value}) = 'array' then {value} end"
