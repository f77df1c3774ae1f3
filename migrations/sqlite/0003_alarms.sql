-- Alarms that climb until a named person acknowledges, and the calls they make.

-- When the watch must look at a case next: an unacknowledged alarm, or the last tenth of its clock. Whatever changes
-- either sets it to the hour that is ("look now"); none when there is nothing more to see. What a node of the
-- version before takes in is looked at by the default.
ALTER TABLE cases ADD COLUMN watch INTEGER DEFAULT 0;
-- Cases of one chat, place or likeness that came together share this number, drawn by chance; only those that call
-- people have one, until they are acknowledged.
ALTER TABLE cases ADD COLUMN summons BLOB;
UPDATE cases SET watch = NULL WHERE alarm IS NULL AND due = 9223372036854775807;
CREATE INDEX cases_watch ON cases (watch) WHERE watch IS NOT NULL;

CREATE TABLE alarms (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  -- zeros when it is about the program itself
  desk BLOB NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('case', 'clock', 'system')),
  fold BLOB NOT NULL,
  -- what the program found wrong with itself
  finding TEXT,
  urgency INTEGER NOT NULL,
  -- the nearest end of a clock that it is about
  until INTEGER,
  -- to the hour once it has ended
  raised INTEGER NOT NULL,
  -- the step to be taken next, and when
  level INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  -- when the last step was taken: a clock that was set back is noticed by it
  touched INTEGER NOT NULL,
  ended INTEGER,
  ended_by BLOB
) STRICT;
CREATE UNIQUE INDEX alarms_open ON alarms (tenant, cause, desk, fold) WHERE ended IS NULL;
CREATE INDEX alarms_next ON alarms (next_at) WHERE ended IS NULL;

-- What an alarm is about: cases, each ended by a named person.
CREATE TABLE alarm_causes (
  alarm BLOB NOT NULL,
  object BLOB NOT NULL,
  -- the end of the clock, 0 when it is not about a clock
  due INTEGER NOT NULL,
  ended INTEGER,
  ended_by BLOB,
  PRIMARY KEY (alarm, object)
) STRICT;
CREATE INDEX alarm_causes_by_object ON alarm_causes (object);
CREATE INDEX alarm_causes_open ON alarm_causes (alarm) WHERE ended IS NULL;

-- Calls on their way to staff. No address and no text: both are found when the call is made.
CREATE TABLE notices (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL,
  tenant BLOB NOT NULL,
  -- none: a digest
  alarm BLOB,
  level INTEGER NOT NULL,
  fold BLOB,
  person TEXT NOT NULL,
  way TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'uncertain', 'failed', 'moot')),
  attempts INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  lease BLOB,
  lease_until INTEGER,
  -- to the hour once its alarm has ended
  created INTEGER NOT NULL
) STRICT;
CREATE INDEX notices_due ON notices (not_before, seq) WHERE state IN ('queued', 'sending');
CREATE INDEX notices_by_person ON notices (person, created);
CREATE INDEX notices_by_alarm ON notices (alarm, level);
CREATE INDEX notices_by_age ON notices (created);

-- Which turn of which shift has had its digest.
CREATE TABLE digests (
  tenant BLOB NOT NULL,
  person TEXT NOT NULL,
  shift TEXT NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY (tenant, person, shift, day)
) STRICT;
