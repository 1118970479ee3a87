-- What the names are derived from that a request gives to what it writes on networks, and
-- when it was last carried out once more.

ALTER TABLE requests ADD COLUMN seed TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN tried_at INTEGER;
