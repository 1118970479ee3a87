-- What profiles have besides their columns, and the profiles that are deleted and not
-- purged yet.

ALTER TABLE profiles ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

ALTER TABLE profiles ADD COLUMN body TEXT NOT NULL DEFAULT '{}';

CREATE INDEX profiles_by_ref ON profiles (ref_id);

CREATE INDEX profiles_by_creation ON profiles (created_at, id) WHERE is_primary = 0;

-- turn_at is when it was last tried to purge the profile.
CREATE TABLE deleted_profiles (
  id         TEXT    NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL,
  turn_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX deleted_profiles_by_turn ON deleted_profiles (turn_at);

CREATE INDEX comments_by_profile ON comments (profile_id);

-- When an account needs attention next (NULL: never), and whether it has notices in its
-- outbox. When the accounts that are there already need attention is not known: at once.

ALTER TABLE accounts ADD COLUMN upkeep TEXT NOT NULL DEFAULT '{}';

ALTER TABLE accounts ADD COLUMN next_at INTEGER;

ALTER TABLE accounts ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;

UPDATE accounts SET next_at = 0, upkeep = '{"nextAt":"1970-01-01T00:00:00Z"}';

CREATE INDEX accounts_due ON accounts (next_at) WHERE next_at IS NOT NULL;

CREATE INDEX accounts_untold ON accounts (id) WHERE untold = 1;

-- Who is about to renew credentials, and until when.

ALTER TABLE credentials ADD COLUMN claim TEXT NOT NULL DEFAULT '';

ALTER TABLE credentials ADD COLUMN claimed_until INTEGER; -- NULL: nobody has a claim

-- Posts that have notices in their outbox.

ALTER TABLE posts ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;

CREATE INDEX posts_untold ON posts (created_at) WHERE untold = 1;

-- The index of what is unfinished tells the account, too: what waits for one account is
-- found without looking at each delivery.

DROP INDEX deliveries_unfinished;

CREATE INDEX deliveries_unfinished ON deliveries (due_at, id, account_id) WHERE final = 0;
