-- deleted_at is NULL until the comment is deleted; the body does not have it.
CREATE TABLE comments (
  id             TEXT    NOT NULL,
  profile_id     TEXT    NOT NULL,
  account_id     TEXT    NOT NULL,
  platform       TEXT    NOT NULL,
  remote_post_id TEXT    NOT NULL,
  remote_id      TEXT    NOT NULL,
  created_at     INTEGER NOT NULL,
  deleted_at     INTEGER,
  body           TEXT    NOT NULL,
  PRIMARY KEY (id, account_id)
) STRICT;

CREATE INDEX comments_by_remote ON comments (account_id, remote_id);

CREATE INDEX comments_by_post ON comments (account_id, remote_post_id, created_at);
