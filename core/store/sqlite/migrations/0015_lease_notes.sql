-- What the holder of a lease says of itself.

ALTER TABLE leases ADD COLUMN note TEXT NOT NULL DEFAULT '';
