"""The past of a campaign, for those who may look at it."""

from transport.history.figures import SessionFigures
from transport.history.past import Past
from transport.history.telling import telling

__all__ = ["Past", "SessionFigures", "telling"]
