-- Where notices go, and the outbox of those that are on their way.

CREATE TABLE webhooks (
  profile_id TEXT    NOT NULL,
  action     TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  body       TEXT    NOT NULL,
  PRIMARY KEY (profile_id, action)
) STRICT, WITHOUT ROWID;

-- What is a column here is not in the body, but for the action and the time of pending_at.
-- The bodies are too large for a table without row ids.
CREATE TABLE messages (
  seq        INTEGER PRIMARY KEY,
  id         TEXT    NOT NULL UNIQUE,
  profile_id TEXT    NOT NULL,
  channel    TEXT    NOT NULL,
  action     TEXT    NOT NULL,
  lane       TEXT,             -- NULL: in none
  state      TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  pending_at INTEGER NOT NULL,
  ended_at   INTEGER,          -- NULL: pending
  version    INTEGER NOT NULL DEFAULT 0,
  body       TEXT    NOT NULL
) STRICT;

-- Has all that a list may ask for, so that what it leaves out is not read.
CREATE INDEX messages_by_profile ON messages (profile_id, id, channel, action, state);

CREATE INDEX messages_by_lane ON messages (lane, id) WHERE state = 'pending' AND lane IS NOT NULL;

CREATE INDEX messages_pending ON messages (channel, created_at, pending_at) WHERE state = 'pending';

CREATE INDEX messages_ended ON messages (ended_at) WHERE ended_at IS NOT NULL;
