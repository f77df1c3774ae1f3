-- The first schema. Both databases keep the same tables and columns under the same names; a test compares them.
-- Ids are random (version 4). Times are milliseconds since 1970 in UTC; a citizen's times are rounded down to the
-- hour before they come here. Everything that tells what a person wrote or who they are is a sealed blob.

-- What this database belongs to: deployment id, root public key, fingerprint of the keyring.
CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE tenants (
  id BLOB NOT NULL PRIMARY KEY,
  province TEXT NOT NULL,
  name TEXT NOT NULL,
  created_day INTEGER NOT NULL
) STRICT;

CREATE TABLE desks (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL REFERENCES tenants (id),
  kind TEXT NOT NULL CHECK (kind IN ('tips', 'counselling', 'oversight')),
  name TEXT NOT NULL,
  parent BLOB REFERENCES desks (id),
  UNIQUE (tenant, name)
) STRICT;

CREATE TABLE staff (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL REFERENCES tenants (id),
  login TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('officer', 'counsellor', 'supervisor', 'administrator', 'auditor')),
  vault BLOB NOT NULL,
  starting_password INTEGER NOT NULL,
  removed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (tenant, login)
) STRICT;

CREATE TABLE members (
  tenant BLOB NOT NULL,
  desk BLOB NOT NULL REFERENCES desks (id),
  staff BLOB NOT NULL REFERENCES staff (id),
  lead INTEGER NOT NULL,
  PRIMARY KEY (desk, staff)
) STRICT;

-- Signed entries of the key directory; which of them count is decided by their signatures, never by this table.
CREATE TABLE directory (
  tenant BLOB NOT NULL,
  serial INTEGER NOT NULL,
  entry BLOB NOT NULL,
  PRIMARY KEY (tenant, serial)
) STRICT;

-- A desk's private key, wrapped to a member.
CREATE TABLE grants (
  tenant BLOB NOT NULL,
  desk BLOB NOT NULL REFERENCES desks (id),
  desk_key BLOB NOT NULL,
  staff BLOB NOT NULL REFERENCES staff (id),
  grant_bytes BLOB NOT NULL,
  PRIMARY KEY (desk_key, staff)
) STRICT;

-- A desk's private key, nested for each pair of its tree's recovery custodians.
CREATE TABLE recoveries (
  tenant BLOB NOT NULL,
  desk BLOB NOT NULL REFERENCES desks (id),
  desk_key BLOB NOT NULL,
  pair TEXT NOT NULL CHECK (pair IN ('AB', 'AC', 'BC')),
  wrap BLOB NOT NULL,
  PRIMARY KEY (desk_key, pair)
) STRICT;

CREATE TABLE sessions (
  sid BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  staff BLOB NOT NULL REFERENCES staff (id),
  sealed_seed BLOB NOT NULL,
  idle_until INTEGER NOT NULL,
  absolute_until INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_staff ON sessions (staff);

CREATE TABLE counters (
  tenant BLOB NOT NULL,
  series TEXT NOT NULL,
  year INTEGER NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (tenant, series, year)
) STRICT;

CREATE TABLE cases (
  -- Names the case inside the database only. What every intake writes is kept by it and not by the random id: rows
  -- of cases that came together then lie together, and a commit touches few pages however many cases are stored.
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  tenant BLOB NOT NULL,
  desk BLOB NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('tips', 'counselling', 'oversight')),
  state TEXT NOT NULL,
  -- 0 is the most urgent
  priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),
  -- counts staff changes only: a citizen's message never makes a reply stale
  version INTEGER NOT NULL,
  year INTEGER NOT NULL,
  number INTEGER NOT NULL,
  received_hour INTEGER NOT NULL,
  -- the end of time (2^63 - 1) when there is none: NULL would fall out of the pages of the queue
  due INTEGER NOT NULL,
  -- when somebody must have acknowledged it, to the minute; erased on acknowledgement
  alarm INTEGER,
  holder BLOB,
  lease_until INTEGER,
  -- 1 while it belongs in the working queue
  waiting INTEGER NOT NULL,
  -- citizen's messages that no member has opened yet
  unread INTEGER NOT NULL,
  closed_hour INTEGER,
  UNIQUE (tenant, kind, year, number)
) STRICT;
-- The queue: most urgent first, then the nearest deadline, then the order of arrival.
CREATE INDEX cases_queue ON cases (desk, priority, due, year, number) WHERE waiting = 1;
-- What `next` may hand out, so that claimed cases are not walked over again and again.
CREATE INDEX cases_free ON cases (desk, priority, due, year, number) WHERE waiting = 1 AND holder IS NULL;
CREATE INDEX cases_held ON cases (lease_until) WHERE holder IS NOT NULL;
CREATE INDEX cases_by_state ON cases (desk, state, year, number);
CREATE INDEX cases_alarm ON cases (alarm) WHERE alarm IS NOT NULL;

-- How many cases a desk has in each state; maintained, never counted.
CREATE TABLE desk_counts (
  tenant BLOB NOT NULL,
  desk BLOB NOT NULL,
  state TEXT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (desk, state)
) STRICT;

-- The legal register (so tiep nhan): gapless per desk tree root and year.
CREATE TABLE register_entries (
  tenant BLOB NOT NULL,
  unit BLOB NOT NULL,
  year INTEGER NOT NULL,
  number INTEGER NOT NULL,
  case_seq INTEGER NOT NULL,
  entered_hour INTEGER NOT NULL,
  PRIMARY KEY (unit, year, number)
) STRICT;
CREATE INDEX register_by_case ON register_entries (case_seq);

CREATE TABLE items (
  id BLOB NOT NULL,
  tenant BLOB NOT NULL,
  case_seq INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  author BLOB,
  hour INTEGER NOT NULL,
  blob BLOB NOT NULL
) STRICT;
CREATE INDEX items_by_case ON items (case_seq);

-- Who can open an item. Destroying these rows is how an item is destroyed.
CREATE TABLE wraps (
  tenant BLOB NOT NULL,
  case_seq INTEGER NOT NULL,
  item BLOB NOT NULL,
  kid BLOB NOT NULL,
  wrap BLOB NOT NULL,
  -- after this hour the wrap is destroyed by the housekeeping (own words of a counselling case: 24 h)
  until_hour INTEGER
) STRICT;
CREATE INDEX wraps_by_case ON wraps (case_seq);
CREATE INDEX wraps_ending ON wraps (until_hour) WHERE until_hour IS NOT NULL;

-- Files too large for a row lie sealed in the object store under their item id.
CREATE TABLE attachments (
  item BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  case_id BLOB NOT NULL,
  sealed_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX attachments_by_case ON attachments (case_id);

-- How a receipt finds its case: a value derived from it, which does not lead back.
CREATE TABLE receipts (
  lookup BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  case_seq INTEGER NOT NULL,
  public_key BLOB NOT NULL
) STRICT;
CREATE INDEX receipts_by_case ON receipts (case_seq);

-- What staff did to a case, without content; reasons are sealed items.
CREATE TABLE events (
  tenant BLOB NOT NULL,
  case_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  staff BLOB,
  action TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT,
  item BLOB,
  PRIMARY KEY (case_id, version, action)
) STRICT;

-- The way back to a citizen on a channel. The tag is a keyed hash of the chat under a key that is destroyed.
CREATE TABLE mailboxes (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  tag BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  case_id BLOB NOT NULL,
  address BLOB NOT NULL,
  seen_day INTEGER NOT NULL
) STRICT;
CREATE INDEX mailboxes_by_tag ON mailboxes (tag);
CREATE INDEX mailboxes_by_case ON mailboxes (case_id);
CREATE INDEX mailboxes_by_epoch ON mailboxes (epoch);

-- The state of a conversation before and between cases, sealed under a transit key.
CREATE TABLE dialogues (
  tag BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  id BLOB NOT NULL,
  mailbox_epoch INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  version INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  -- when a timer of the conversation comes due
  wake INTEGER,
  -- since when a text waits for a choice that the person has not made; after 12 h a person reads it
  undecided INTEGER,
  seen_hour INTEGER NOT NULL
) STRICT;
CREATE INDEX dialogues_waking ON dialogues (wake) WHERE wake IS NOT NULL;
CREATE INDEX dialogues_undecided ON dialogues (undecided) WHERE undecided IS NOT NULL;

-- Words of a desk that a chat was told of and has not opened yet, sealed under a transit key.
CREATE TABLE held (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  case_id BLOB NOT NULL,
  tag BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  until INTEGER NOT NULL
) STRICT;
CREATE INDEX held_by_tag ON held (tag);
CREATE INDEX held_until ON held (until);

-- Raw updates of a channel, committed before they are acknowledged, erased when handled.
CREATE TABLE inbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL,
  tenant BLOB NOT NULL,
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  received_hour INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  not_before INTEGER NOT NULL
) STRICT;
CREATE INDEX inbox_by_bot ON inbox (channel, bot, seq);
-- Each update once. Kept 30 days: a messenger may use its numbers again later.
CREATE TABLE inbox_seen (
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  update_key TEXT NOT NULL,
  day INTEGER NOT NULL,
  PRIMARY KEY (channel, bot, update_key)
) STRICT;
CREATE INDEX inbox_seen_day ON inbox_seen (day);
CREATE TABLE cursors (
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (channel, bot)
) STRICT;
-- Updates nobody could understand: the content is with the desk, this is what the operator sees.
CREATE TABLE dead_letters (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  error TEXT NOT NULL,
  hour INTEGER NOT NULL,
  case_id BLOB NOT NULL
) STRICT;

-- Messages on their way out, sealed under a transit key, erased when sent.
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL,
  tenant BLOB NOT NULL,
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  chat_tag BLOB NOT NULL,
  case_id BLOB,
  epoch INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  -- 1 when these are a desk's words: an uncertain one waits for a person
  desk_words INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'uncertain', 'failed')),
  attempts INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  -- who sends it now: what another sender does with an older token changes nothing
  lease BLOB,
  lease_until INTEGER,
  created_hour INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (channel, bot, state, not_before, seq);
CREATE INDEX outbox_by_chat ON outbox (chat_tag, seq);
CREATE INDEX outbox_by_case ON outbox (case_id);

-- The first answer to a repeated request, sealed under the request's own key, for 24 hours.
CREATE TABLE replays (
  lookup BLOB NOT NULL PRIMARY KEY,
  body_hash BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  until_hour INTEGER NOT NULL,
  case_id BLOB
) STRICT;
CREATE INDEX replays_until ON replays (until_hour);

-- Work that one node does at a time; a lease runs out by itself.
CREATE TABLE leases (
  name TEXT NOT NULL PRIMARY KEY,
  holder BLOB NOT NULL,
  until INTEGER NOT NULL
) STRICT;

-- One hash chain per node that writes.
CREATE TABLE audit (
  node BLOB NOT NULL,
  n INTEGER NOT NULL,
  tenant BLOB NOT NULL,
  hour INTEGER NOT NULL,
  actor BLOB NOT NULL,
  action INTEGER NOT NULL,
  object BLOB NOT NULL,
  detail BLOB NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (node, n)
) STRICT;
CREATE TABLE audit_heads (
  node BLOB NOT NULL PRIMARY KEY,
  n INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
-- All heads of a moment, signed by a member's own key at login.
CREATE TABLE checkpoints (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  staff BLOB NOT NULL,
  at INTEGER NOT NULL,
  heads TEXT NOT NULL,
  signature BLOB NOT NULL
) STRICT;
