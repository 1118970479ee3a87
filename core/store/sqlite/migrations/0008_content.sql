-- What tells deliveries of the same account and content; NULL where it is not known, and
-- where the delivery is not on its network and not on its way there.

ALTER TABLE deliveries ADD COLUMN content TEXT;

CREATE INDEX deliveries_by_content ON deliveries (content, due_at)
  WHERE content IS NOT NULL;
