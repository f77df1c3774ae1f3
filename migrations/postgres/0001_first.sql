-- The first schema. Both databases keep the same tables and columns under the same names; a test compares them.
-- Ids are random (version 4). Times are milliseconds since 1970 in UTC; a citizen's times are rounded down to the
-- hour before they come here. Everything that tells what a person wrote or who they are is a sealed blob.

-- What this database belongs to: deployment id, root public key, fingerprint of the keyring.
CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE tenants (
  id UUID NOT NULL PRIMARY KEY,
  province TEXT NOT NULL,
  name TEXT NOT NULL,
  created_day BIGINT NOT NULL
);

CREATE TABLE desks (
  id UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL REFERENCES tenants (id),
  kind TEXT NOT NULL CHECK (kind IN ('tips', 'counselling', 'oversight')),
  name TEXT NOT NULL,
  parent UUID REFERENCES desks (id),
  UNIQUE (tenant, name)
);

CREATE TABLE staff (
  id UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL REFERENCES tenants (id),
  login TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('officer', 'counsellor', 'supervisor', 'administrator', 'auditor')),
  vault BYTEA NOT NULL,
  starting_password BIGINT NOT NULL,
  removed BIGINT NOT NULL DEFAULT 0,
  UNIQUE (tenant, login)
);

CREATE TABLE members (
  tenant UUID NOT NULL,
  desk UUID NOT NULL REFERENCES desks (id),
  staff UUID NOT NULL REFERENCES staff (id),
  lead BIGINT NOT NULL,
  PRIMARY KEY (desk, staff)
);

-- Signed entries of the key directory; which of them count is decided by their signatures, never by this table.
CREATE TABLE directory (
  tenant UUID NOT NULL,
  serial BIGINT NOT NULL,
  entry BYTEA NOT NULL,
  PRIMARY KEY (tenant, serial)
);

-- A desk's private key, wrapped to a member.
CREATE TABLE grants (
  tenant UUID NOT NULL,
  desk UUID NOT NULL REFERENCES desks (id),
  desk_key BYTEA NOT NULL,
  staff UUID NOT NULL REFERENCES staff (id),
  grant_bytes BYTEA NOT NULL,
  PRIMARY KEY (desk_key, staff)
);

-- A desk's private key, nested for each pair of its tree's recovery custodians.
CREATE TABLE recoveries (
  tenant UUID NOT NULL,
  desk UUID NOT NULL REFERENCES desks (id),
  desk_key BYTEA NOT NULL,
  pair TEXT NOT NULL CHECK (pair IN ('AB', 'AC', 'BC')),
  wrap BYTEA NOT NULL,
  PRIMARY KEY (desk_key, pair)
);

CREATE TABLE sessions (
  sid BYTEA NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  staff UUID NOT NULL REFERENCES staff (id),
  sealed_seed BYTEA NOT NULL,
  idle_until BIGINT NOT NULL,
  absolute_until BIGINT NOT NULL
);
CREATE INDEX sessions_by_staff ON sessions (staff);

CREATE TABLE counters (
  tenant UUID NOT NULL,
  series TEXT NOT NULL,
  year BIGINT NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (tenant, series, year)
);

CREATE SEQUENCE case_seq;
CREATE TABLE cases (
  -- Names the case inside the database only. What every intake writes is kept by it and not by the random id: rows
  -- of cases that came together then lie together, and a commit touches few pages however many cases are stored.
  seq BIGINT NOT NULL PRIMARY KEY,
  id UUID NOT NULL UNIQUE,
  tenant UUID NOT NULL,
  desk UUID NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('tips', 'counselling', 'oversight')),
  state TEXT NOT NULL,
  -- 0 is the most urgent
  priority BIGINT NOT NULL CHECK (priority BETWEEN 0 AND 3),
  -- counts staff changes only: a citizen's message never makes a reply stale
  version BIGINT NOT NULL,
  year BIGINT NOT NULL,
  number BIGINT NOT NULL,
  received_hour BIGINT NOT NULL,
  -- the end of time (2^63 - 1) when there is none: NULL would fall out of the pages of the queue
  due BIGINT NOT NULL,
  -- when somebody must have acknowledged it, to the minute; erased on acknowledgement
  alarm BIGINT,
  holder UUID,
  lease_until BIGINT,
  -- 1 while it belongs in the working queue
  waiting BIGINT NOT NULL,
  -- citizen's messages that no member has opened yet
  unread BIGINT NOT NULL,
  closed_hour BIGINT,
  UNIQUE (tenant, kind, year, number)
);
-- The queue: most urgent first, then the nearest deadline, then the order of arrival.
CREATE INDEX cases_queue ON cases (desk, priority, due, year, number) WHERE waiting = 1;
-- What `next` may hand out, so that claimed cases are not walked over again and again.
CREATE INDEX cases_free ON cases (desk, priority, due, year, number) WHERE waiting = 1 AND holder IS NULL;
CREATE INDEX cases_held ON cases (lease_until) WHERE holder IS NOT NULL;
CREATE INDEX cases_by_state ON cases (desk, state, year, number);
CREATE INDEX cases_alarm ON cases (alarm) WHERE alarm IS NOT NULL;

-- How many cases a desk has in each state; maintained, never counted.
CREATE TABLE desk_counts (
  tenant UUID NOT NULL,
  desk UUID NOT NULL,
  state TEXT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (desk, state)
);

-- The legal register (so tiep nhan): gapless per desk tree root and year.
CREATE TABLE register_entries (
  tenant UUID NOT NULL,
  unit UUID NOT NULL,
  year BIGINT NOT NULL,
  number BIGINT NOT NULL,
  case_seq BIGINT NOT NULL,
  entered_hour BIGINT NOT NULL,
  PRIMARY KEY (unit, year, number)
);
CREATE INDEX register_by_case ON register_entries (case_seq);

CREATE TABLE items (
  id UUID NOT NULL,
  tenant UUID NOT NULL,
  case_seq BIGINT NOT NULL,
  kind BIGINT NOT NULL,
  author UUID,
  hour BIGINT NOT NULL,
  blob BYTEA NOT NULL
);
CREATE INDEX items_by_case ON items (case_seq);

-- Who can open an item. Destroying these rows is how an item is destroyed.
CREATE TABLE wraps (
  tenant UUID NOT NULL,
  case_seq BIGINT NOT NULL,
  item UUID NOT NULL,
  kid BYTEA NOT NULL,
  wrap BYTEA NOT NULL,
  -- after this hour the wrap is destroyed by the housekeeping (own words of a counselling case: 24 h)
  until_hour BIGINT
);
CREATE INDEX wraps_by_case ON wraps (case_seq);
CREATE INDEX wraps_ending ON wraps (until_hour) WHERE until_hour IS NOT NULL;

-- Files too large for a row lie sealed in the object store under their item id.
CREATE TABLE attachments (
  item UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  case_id UUID NOT NULL,
  sealed_bytes BIGINT NOT NULL
);
CREATE INDEX attachments_by_case ON attachments (case_id);

-- How a receipt finds its case: a value derived from it, which does not lead back.
CREATE TABLE receipts (
  lookup BYTEA NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  case_seq BIGINT NOT NULL,
  public_key BYTEA NOT NULL
);
CREATE INDEX receipts_by_case ON receipts (case_seq);

-- What staff did to a case, without content; reasons are sealed items.
CREATE TABLE events (
  tenant UUID NOT NULL,
  case_id UUID NOT NULL,
  version BIGINT NOT NULL,
  at BIGINT NOT NULL,
  staff UUID,
  action TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT,
  item UUID,
  PRIMARY KEY (case_id, version, action)
);

-- The way back to a citizen on a channel. The tag is a keyed hash of the chat under a key that is destroyed.
CREATE TABLE mailboxes (
  id UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  tag BYTEA NOT NULL,
  epoch BIGINT NOT NULL,
  case_id UUID NOT NULL,
  address UUID NOT NULL,
  seen_day BIGINT NOT NULL
);
CREATE INDEX mailboxes_by_tag ON mailboxes (tag);
CREATE INDEX mailboxes_by_case ON mailboxes (case_id);
CREATE INDEX mailboxes_by_epoch ON mailboxes (epoch);

-- The state of a conversation before and between cases, sealed under a transit key.
CREATE TABLE dialogues (
  tag BYTEA NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  id UUID NOT NULL,
  mailbox_epoch BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  -- when a timer of the conversation comes due
  wake BIGINT,
  -- since when a text waits for a choice that the person has not made; after 12 h a person reads it
  undecided BIGINT,
  seen_hour BIGINT NOT NULL
);
CREATE INDEX dialogues_waking ON dialogues (wake) WHERE wake IS NOT NULL;
CREATE INDEX dialogues_undecided ON dialogues (undecided) WHERE undecided IS NOT NULL;

-- Words of a desk that a chat was told of and has not opened yet, sealed under a transit key.
CREATE TABLE held (
  id UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  case_id UUID NOT NULL,
  tag BYTEA NOT NULL,
  epoch BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  until BIGINT NOT NULL
);
CREATE INDEX held_by_tag ON held (tag);
CREATE INDEX held_until ON held (until);

-- Raw updates of a channel, committed before they are acknowledged, erased when handled.
CREATE TABLE inbox (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id UUID NOT NULL,
  tenant UUID NOT NULL,
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  received_hour BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  not_before BIGINT NOT NULL
);
CREATE INDEX inbox_by_bot ON inbox (channel, bot, seq);
-- Each update once. Kept 30 days: a messenger may use its numbers again later.
CREATE TABLE inbox_seen (
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  update_key TEXT NOT NULL,
  day BIGINT NOT NULL,
  PRIMARY KEY (channel, bot, update_key)
);
CREATE INDEX inbox_seen_day ON inbox_seen (day);
CREATE TABLE cursors (
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (channel, bot)
);
-- Updates nobody could understand: the content is with the desk, this is what the operator sees.
CREATE TABLE dead_letters (
  id UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  error TEXT NOT NULL,
  hour BIGINT NOT NULL,
  case_id UUID NOT NULL
);

-- Messages on their way out, sealed under a transit key, erased when sent.
CREATE TABLE outbox (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id UUID NOT NULL,
  tenant UUID NOT NULL,
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  chat_tag BYTEA NOT NULL,
  case_id UUID,
  epoch BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  -- 1 when these are a desk's words: an uncertain one waits for a person
  desk_words BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'uncertain', 'failed')),
  attempts BIGINT NOT NULL,
  not_before BIGINT NOT NULL,
  -- who sends it now: what another sender does with an older token changes nothing
  lease UUID,
  lease_until BIGINT,
  created_hour BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (channel, bot, state, not_before, seq);
CREATE INDEX outbox_by_chat ON outbox (chat_tag, seq);
CREATE INDEX outbox_by_case ON outbox (case_id);

-- The first answer to a repeated request, sealed under the request's own key, for 24 hours.
CREATE TABLE replays (
  lookup BYTEA NOT NULL PRIMARY KEY,
  body_hash BYTEA NOT NULL,
  epoch BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  until_hour BIGINT NOT NULL,
  case_id UUID
);
CREATE INDEX replays_until ON replays (until_hour);

-- Work that one node does at a time; a lease runs out by itself.
CREATE TABLE leases (
  name TEXT NOT NULL PRIMARY KEY,
  holder UUID NOT NULL,
  until BIGINT NOT NULL
);

-- One hash chain per node that writes.
CREATE TABLE audit (
  node UUID NOT NULL,
  n BIGINT NOT NULL,
  tenant UUID NOT NULL,
  hour BIGINT NOT NULL,
  actor UUID NOT NULL,
  action BIGINT NOT NULL,
  object UUID NOT NULL,
  detail BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (node, n)
);
CREATE TABLE audit_heads (
  node UUID NOT NULL PRIMARY KEY,
  n BIGINT NOT NULL,
  hash BYTEA NOT NULL
);
-- All heads of a moment, signed by a member's own key at login.
CREATE TABLE checkpoints (
  id UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  staff UUID NOT NULL,
  at BIGINT NOT NULL,
  heads TEXT NOT NULL,
  signature BYTEA NOT NULL
);
