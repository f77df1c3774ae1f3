-- Call-backs that somebody asked for: counselling only, which the row itself insists on. The number is a sealed item of
-- the case; `item` is empty once it is forgotten, and so is the hour. One row a case: who asks again begins it anew.
CREATE TABLE callbacks (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  case_id BLOB NOT NULL,
  -- where the case lies now
  desk BLOB NOT NULL,
  kind TEXT NOT NULL CHECK (kind = 'counselling'),
  state TEXT NOT NULL CHECK (state IN ('open', 'reached', 'not_reached', 'wrong_number', 'withdrawn')),
  item BLOB,
  slot_from INTEGER NOT NULL,
  slot_to INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  version INTEGER NOT NULL,
  -- who is calling, and until when nobody else may
  holder BLOB,
  lease_until INTEGER,
  -- when the watch must look at it; none while an alarm about it is up, or it is over
  watch INTEGER,
  CHECK ((state = 'open') = (item IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX callbacks_by_case ON callbacks (case_id);
CREATE INDEX callbacks_by_hour ON callbacks (desk, slot_from, id) WHERE state = 'open';
CREATE INDEX callbacks_watch ON callbacks (watch) WHERE watch IS NOT NULL;
