-- The tokens of an account whose messenger renews them: the newest pair, sealed, and how its last renewal went.
CREATE TABLE tokens (
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  tenant BLOB NOT NULL,
  -- counts changes: who writes names the version that was read
  version INTEGER NOT NULL,
  -- hash of the token in the settings that this chain began with; another one there begins a new chain
  seed BLOB NOT NULL,
  id BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  -- when the access token ends; 0 while there is none
  expires INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('good', 'asking', 'failed')),
  changed INTEGER NOT NULL,
  PRIMARY KEY (channel, bot)
) STRICT;
