-- Linking accounts in a browser. A session is over at over_at: when it expires, or when it
-- was ended before that; ended_at is NULL until then, and the body does not have it.

CREATE TABLE link_sessions (
  id         TEXT    NOT NULL PRIMARY KEY,
  token_hash BLOB    NOT NULL UNIQUE,
  profile_id TEXT    NOT NULL,
  ended_at   INTEGER,
  over_at    INTEGER NOT NULL,
  version    INTEGER NOT NULL DEFAULT 0,
  body       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX link_sessions_by_profile ON link_sessions (profile_id);

CREATE INDEX link_sessions_by_end ON link_sessions (over_at);

CREATE TABLE link_states (
  hash       BLOB    NOT NULL PRIMARY KEY,
  session_id TEXT    NOT NULL,
  sealed     BLOB    NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX link_states_by_session ON link_states (session_id);

CREATE INDEX link_states_by_expiry ON link_states (expires_at);

CREATE TABLE pending_grants (
  id         TEXT    NOT NULL PRIMARY KEY,
  session_id TEXT    NOT NULL,
  sealed     BLOB    NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX pending_grants_by_session ON pending_grants (session_id);

CREATE INDEX pending_grants_by_expiry ON pending_grants (expires_at);
