-- Whose webhook a message calls, which may be another profile's than the notice's.

ALTER TABLE messages ADD COLUMN owner_id TEXT NOT NULL DEFAULT '';

UPDATE messages SET owner_id = coalesce(json_extract(body, '$.ownerId'), profile_id);

CREATE INDEX messages_by_owner ON messages (owner_id, id, channel, action, state);
