-- A segment is the posts of a profile that have their status, kind and platforms in
-- common. There are few of them, and each is listed by its range of the index, so that a
-- list costs the same whatever else the profile has.
ALTER TABLE posts ADD COLUMN segment TEXT NOT NULL DEFAULT '';

UPDATE posts
SET segment = status || char(9) || CASE WHEN due_at IS NULL THEN 'immediate' ELSE 'scheduled' END || char(9) || platforms;

CREATE INDEX posts_by_segment ON posts (profile_id, segment, created_at);

DROP INDEX posts_by_profile;

CREATE INDEX posts_open_by_due ON posts (profile_id, due_at) WHERE status = 'open' AND due_at IS NOT NULL;
