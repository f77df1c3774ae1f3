-- Call-backs that somebody asked for: counselling only, which the row itself insists on. The number is a sealed item of
-- the case; `item` is empty once it is forgotten, and so is the hour. One row a case: who asks again begins it anew.
CREATE TABLE callbacks (
  id UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  case_id UUID NOT NULL,
  -- where the case lies now
  desk UUID NOT NULL,
  kind TEXT NOT NULL CHECK (kind = 'counselling'),
  state TEXT NOT NULL CHECK (state IN ('open', 'reached', 'not_reached', 'wrong_number', 'withdrawn')),
  item UUID,
  slot_from BIGINT NOT NULL,
  slot_to BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  version BIGINT NOT NULL,
  -- who is calling, and until when nobody else may
  holder UUID,
  lease_until BIGINT,
  -- when the watch must look at it; none while an alarm about it is up, or it is over
  watch BIGINT,
  CHECK ((state = 'open') = (item IS NOT NULL))
);
CREATE UNIQUE INDEX callbacks_by_case ON callbacks (case_id);
CREATE INDEX callbacks_by_hour ON callbacks (desk, slot_from, id) WHERE state = 'open';
CREATE INDEX callbacks_watch ON callbacks (watch) WHERE watch IS NOT NULL;
