"""The past of a campaign, for those who may look at it."""

from transport.history.answering import AnswersHere
from transport.history.past import Past
from transport.history.telling import telling

__all__ = ["AnswersHere", "Past", "telling"]
