-- Jobs belong to tenants and may wait in lanes; pool is 1 for those that do. The table is
-- made anew since its indexes and their order change with it.

CREATE TABLE jobs_next (
  kind        TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  pool        INTEGER NOT NULL DEFAULT 0,
  tenant      TEXT    NOT NULL,
  lane        TEXT    NOT NULL DEFAULT '', -- '': in none
  run_at      INTEGER NOT NULL,
  ord         TEXT    NOT NULL,            -- after run_at
  attempt     INTEGER NOT NULL,
  lease       TEXT,                        -- NULL: held by nobody
  lease_until INTEGER NOT NULL DEFAULT 0,  -- 0: held by nobody
  last_error  TEXT    NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

INSERT INTO jobs_next (kind, key, tenant, run_at, ord, attempt, lease, lease_until, last_error)
SELECT j.kind, j.key, coalesce(json_extract(d.body, '$.profileId'), ''), j.run_at,
       coalesce(json_extract(d.body, '$.postId'), ''), j.attempt, j.lease, j.lease_until, j.last_error
FROM jobs AS j LEFT JOIN deliveries AS d ON d.id = j.key;

DROP TABLE jobs;

ALTER TABLE jobs_next RENAME TO jobs;

-- A held job stays in its place of these, so that claiming changes no entry there; the few
-- held ones are stepped over.
CREATE INDEX jobs_by_time ON jobs (kind, pool, run_at, ord);

CREATE INDEX jobs_by_lane ON jobs (kind, lane, run_at, ord, tenant) WHERE pool = 1;

CREATE INDEX jobs_by_tenant ON jobs (kind, tenant, run_at, ord) WHERE pool = 0;

CREATE INDEX jobs_held ON jobs (kind, pool, lease_until) WHERE lease_until > 0;
