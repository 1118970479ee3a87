-- One row: what the store knows of its data being moved to or from another store.

CREATE TABLE move (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL,
  body    TEXT    NOT NULL
) STRICT;
