-- What watches over the rest: findings of the reconciler, and the daily tallies.

-- Places where rows that belong together do not agree. Only kinds and ids; rows stay when the cause is gone.
CREATE TABLE findings (
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  tenant UUID NOT NULL,
  -- where to look again, for kinds that are found by position
  place BIGINT NOT NULL,
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  -- when it was seen a second time; until then it is a suspicion that nobody is told of
  raised BIGINT,
  gone BIGINT,
  acknowledged_by UUID,
  acknowledged BIGINT,
  PRIMARY KEY (kind, object)
);
CREATE INDEX findings_open ON findings (kind, object) WHERE gone IS NULL;
CREATE INDEX findings_raised ON findings (tenant, first_seen) WHERE raised IS NOT NULL;

-- What was received and what became of it, day by day, each day's hash over the one before.
CREATE TABLE tallies (
  tenant UUID NOT NULL,
  -- day in Vietnam, counted from 1970
  day BIGINT NOT NULL,
  body TEXT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (tenant, day)
);

-- When somebody of a desk was last there.
CREATE INDEX checkpoints_by_staff ON checkpoints (staff, at);
