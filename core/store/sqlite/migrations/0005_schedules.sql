-- Automatic schedules, and the posts that hold their slots: slot is the title of the
-- schedule as long as the post has the slot's time, NULL otherwise.

CREATE TABLE schedules (
  profile_id TEXT    NOT NULL,
  title      TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  body       TEXT    NOT NULL,
  PRIMARY KEY (profile_id, title)
) STRICT, WITHOUT ROWID;

ALTER TABLE posts ADD COLUMN slot TEXT;

CREATE UNIQUE INDEX posts_slots ON posts (profile_id, slot, due_at)
  WHERE slot IS NOT NULL;

-- The same for a post and its automatic repetitions; NULL: it has none.

ALTER TABLE posts ADD COLUMN series_id TEXT;

CREATE INDEX posts_by_series ON posts (profile_id, series_id, created_at)
  WHERE series_id IS NOT NULL;
