-- The tokens of an account whose messenger renews them: the newest pair, sealed, and how its last renewal went.
CREATE TABLE tokens (
  channel TEXT NOT NULL,
  bot TEXT NOT NULL,
  tenant UUID NOT NULL,
  -- counts changes: who writes names the version that was read
  version BIGINT NOT NULL,
  -- hash of the token in the settings that this chain began with; another one there begins a new chain
  seed BYTEA NOT NULL,
  id UUID NOT NULL,
  epoch BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  -- when the access token ends; 0 while there is none
  expires BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('good', 'asking', 'failed')),
  changed BIGINT NOT NULL,
  PRIMARY KEY (channel, bot)
);
