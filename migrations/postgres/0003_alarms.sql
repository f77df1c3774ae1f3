-- Alarms that climb until a named person acknowledges, and the calls they make.

-- When the watch must look at a case next: an unacknowledged alarm, or the last tenth of its clock. Whatever changes
-- either sets it to the hour that is ("look now"); none when there is nothing more to see. What a node of the
-- version before takes in is looked at by the default.
ALTER TABLE cases ADD COLUMN watch BIGINT DEFAULT 0;
-- Cases of one chat, place or likeness that came together share this number, drawn by chance; only those that call
-- people have one, until they are acknowledged.
ALTER TABLE cases ADD COLUMN summons UUID;
UPDATE cases SET watch = NULL WHERE alarm IS NULL AND due = 9223372036854775807;
CREATE INDEX cases_watch ON cases (watch) WHERE watch IS NOT NULL;

CREATE TABLE alarms (
  id UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  -- zeros when it is about the program itself
  desk UUID NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('case', 'clock', 'system')),
  fold UUID NOT NULL,
  -- what the program found wrong with itself
  finding TEXT,
  urgency BIGINT NOT NULL,
  -- the nearest end of a clock that it is about
  until BIGINT,
  -- to the hour once it has ended
  raised BIGINT NOT NULL,
  -- the step to be taken next, and when
  level BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  -- when the last step was taken: a clock that was set back is noticed by it
  touched BIGINT NOT NULL,
  ended BIGINT,
  ended_by UUID
);
CREATE UNIQUE INDEX alarms_open ON alarms (tenant, cause, desk, fold) WHERE ended IS NULL;
CREATE INDEX alarms_next ON alarms (next_at) WHERE ended IS NULL;

-- What an alarm is about: cases, each ended by a named person.
CREATE TABLE alarm_causes (
  alarm UUID NOT NULL,
  object UUID NOT NULL,
  -- the end of the clock, 0 when it is not about a clock
  due BIGINT NOT NULL,
  ended BIGINT,
  ended_by UUID,
  PRIMARY KEY (alarm, object)
);
CREATE INDEX alarm_causes_by_object ON alarm_causes (object);
CREATE INDEX alarm_causes_open ON alarm_causes (alarm) WHERE ended IS NULL;

-- Calls on their way to staff. No address and no text: both are found when the call is made.
CREATE TABLE notices (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id UUID NOT NULL,
  tenant UUID NOT NULL,
  -- none: a digest
  alarm UUID,
  level BIGINT NOT NULL,
  fold UUID,
  person TEXT NOT NULL,
  way TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'uncertain', 'failed', 'moot')),
  attempts BIGINT NOT NULL,
  not_before BIGINT NOT NULL,
  lease UUID,
  lease_until BIGINT,
  -- to the hour once its alarm has ended
  created BIGINT NOT NULL
);
CREATE INDEX notices_due ON notices (not_before, seq) WHERE state IN ('queued', 'sending');
CREATE INDEX notices_by_person ON notices (person, created);
CREATE INDEX notices_by_alarm ON notices (alarm, level);
CREATE INDEX notices_by_age ON notices (created);

-- Which turn of which shift has had its digest.
CREATE TABLE digests (
  tenant UUID NOT NULL,
  person TEXT NOT NULL,
  shift TEXT NOT NULL,
  day BIGINT NOT NULL,
  PRIMARY KEY (tenant, person, shift, day)
);
