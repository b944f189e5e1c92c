"""The live engine, measured from outside: a server on one core, clients and PostgreSQL on the others.

The scenarios speak docs/protocol.md and know nothing of Fogbound but how it is started (`fogbound.py`). Each is told
together with its floor: what the same machine needs, in the same run, for the part that nobody can leave out.
"""
