-- Times are microseconds since 1970 in UTC. A body is the record as JSON; the
-- columns beside it are what is searched, and the version that compare-and-swap
-- checks.

CREATE TABLE profiles (
  id         TEXT    NOT NULL PRIMARY KEY,
  title      TEXT    NOT NULL UNIQUE,
  ref_id     TEXT    NOT NULL,
  key_hash   BLOB    NOT NULL UNIQUE,
  is_primary INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX profiles_primary ON profiles (is_primary) WHERE is_primary = 1;

CREATE TABLE accounts (
  id         TEXT    NOT NULL PRIMARY KEY,
  profile_id TEXT    NOT NULL,
  platform   TEXT    NOT NULL,
  remote_id  TEXT    NOT NULL,
  linked_at  INTEGER NOT NULL,
  version    INTEGER NOT NULL DEFAULT 0,
  body       TEXT    NOT NULL,
  UNIQUE (profile_id, platform, remote_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
  account_id TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  version    INTEGER NOT NULL DEFAULT 0,
  sealed     BLOB
) STRICT, WITHOUT ROWID;

-- seq orders posts of the same microsecond. The bodies are too large for a table
-- without row ids.
CREATE TABLE posts (
  seq             INTEGER PRIMARY KEY,
  id              TEXT    NOT NULL UNIQUE,
  profile_id      TEXT    NOT NULL,
  created_at      INTEGER NOT NULL,
  due_at          INTEGER, -- NULL: immediate
  status          TEXT    NOT NULL,
  idempotency_key TEXT,
  platforms       TEXT    NOT NULL, -- JSON array: asked for, or delivered to
  deliveries      TEXT    NOT NULL, -- JSON array of the ids
  version         INTEGER NOT NULL DEFAULT 0,
  body            TEXT    NOT NULL
) STRICT;

CREATE INDEX posts_by_profile ON posts (profile_id, created_at);

CREATE UNIQUE INDEX posts_idempotency ON posts (profile_id, idempotency_key)
  WHERE idempotency_key IS NOT NULL;

CREATE TABLE deliveries (
  id         TEXT    NOT NULL PRIMARY KEY,
  account_id TEXT    NOT NULL,
  remote_id  TEXT, -- NULL until published
  due_at     INTEGER NOT NULL,
  final      INTEGER NOT NULL,
  version    INTEGER NOT NULL DEFAULT 0,
  body       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_remote ON deliveries (account_id, remote_id)
  WHERE remote_id IS NOT NULL;

CREATE INDEX deliveries_unfinished ON deliveries (due_at) WHERE final = 0;

CREATE TABLE requests (
  profile_id TEXT    NOT NULL,
  key        TEXT    NOT NULL,
  body_hash  BLOB,
  post_id    TEXT    NOT NULL,
  status     INTEGER NOT NULL,
  answer     BLOB,
  created_at INTEGER NOT NULL,
  UNIQUE (profile_id, key)
) STRICT;

CREATE INDEX requests_by_age ON requests (created_at);

-- A held job stays in its place of jobs_by_time, so that claiming changes no
-- entry there; the few held ones are stepped over.
CREATE TABLE jobs (
  kind        TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  run_at      INTEGER NOT NULL,
  attempt     INTEGER NOT NULL,
  lease       TEXT,                       -- NULL: held by nobody
  lease_until INTEGER NOT NULL DEFAULT 0, -- 0: held by nobody
  last_error  TEXT    NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_by_time ON jobs (kind, run_at);

CREATE INDEX jobs_held ON jobs (kind, lease_until) WHERE lease_until > 0;

-- One row that Ping writes.
CREATE TABLE heartbeat (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL
) STRICT;
