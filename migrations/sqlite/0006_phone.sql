-- Calls that wait, are being talked, or were missed. No number of a caller: `id` is a hash of what the telephone system
-- calls the call. To the minute while it lasts, to the hour afterwards; what happened is a set, so that order and
-- repetition of the reports do not matter.
CREATE TABLE calls (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('tips', 'counselling')),
  began INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  -- a member has taken note that it was missed
  seen INTEGER NOT NULL
) STRICT;
CREATE INDEX calls_shown ON calls (tenant, kind, ended) WHERE ended = 0 OR (answered = 0 AND seen = 0);
