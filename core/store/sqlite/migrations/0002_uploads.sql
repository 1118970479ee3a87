-- seq orders uploads of the same microsecond.
CREATE TABLE uploads (
  seq        INTEGER PRIMARY KEY,
  id         TEXT    NOT NULL UNIQUE,
  profile_id TEXT    NOT NULL,
  state      TEXT    NOT NULL,
  size       INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  version    INTEGER NOT NULL DEFAULT 0,
  body       TEXT    NOT NULL
) STRICT;

CREATE INDEX uploads_by_profile ON uploads (profile_id, created_at);

-- Holds all that the sum of a profile's sizes needs.
CREATE INDEX uploads_usage ON uploads (profile_id, size);

CREATE INDEX uploads_by_expiry ON uploads (expires_at);
