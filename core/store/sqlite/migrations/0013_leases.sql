-- What one of several processes does at a time, and which of them that is: owner is the
-- process, as in the leases of jobs.

CREATE TABLE leases (
  name        TEXT    NOT NULL PRIMARY KEY,
  holder      TEXT    NOT NULL,
  owner       TEXT    NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
