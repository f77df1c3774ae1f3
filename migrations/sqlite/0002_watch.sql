-- What watches over the rest: findings of the reconciler, and the daily tallies.

-- Places where rows that belong together do not agree. Only kinds and ids; rows stay when the cause is gone.
CREATE TABLE findings (
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  tenant BLOB NOT NULL,
  -- where to look again, for kinds that are found by position
  place INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  -- when it was seen a second time; until then it is a suspicion that nobody is told of
  raised INTEGER,
  gone INTEGER,
  acknowledged_by BLOB,
  acknowledged INTEGER,
  PRIMARY KEY (kind, object)
) STRICT;
CREATE INDEX findings_open ON findings (kind, object) WHERE gone IS NULL;
CREATE INDEX findings_raised ON findings (tenant, first_seen) WHERE raised IS NOT NULL;

-- What was received and what became of it, day by day, each day's hash over the one before.
CREATE TABLE tallies (
  tenant BLOB NOT NULL,
  -- day in Vietnam, counted from 1970
  day INTEGER NOT NULL,
  body TEXT NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (tenant, day)
) STRICT;

-- When somebody of a desk was last there.
CREATE INDEX checkpoints_by_staff ON checkpoints (staff, at);
