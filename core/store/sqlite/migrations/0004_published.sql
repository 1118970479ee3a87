-- When a delivery was published, for counting those of an account in a day; NULL until
-- then.

ALTER TABLE deliveries ADD COLUMN published_at INTEGER;

UPDATE deliveries
SET published_at = CAST(strftime('%s', json_extract(body, '$.publishedAt')) AS INTEGER) * 1000000
WHERE json_extract(body, '$.publishedAt') IS NOT NULL;

CREATE INDEX deliveries_published ON deliveries (account_id, published_at)
  WHERE published_at IS NOT NULL;
