-- Canaries: what the service sends itself through each way in, to see that it arrives. They are no cases and stand in no
-- table of cases; what is deleted here was never written by a person.

-- How each way in stands. `flight` is the canary under way.
CREATE TABLE canary_lines (
  name TEXT NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  since BIGINT NOT NULL,
  flight UUID,
  begun BIGINT,
  next BIGINT NOT NULL,
  good BIGINT,
  took BIGINT,
  trouble TEXT
);

-- Canaries that arrived. Sealed to a key that follows from the transit key of `epoch`.
CREATE TABLE canaries (
  id UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  line TEXT NOT NULL,
  year BIGINT NOT NULL,
  number BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  wrap BYTEA NOT NULL,
  arrived BIGINT NOT NULL,
  answered BIGINT
);
CREATE UNIQUE INDEX canaries_numbered ON canaries (tenant, year, number);
CREATE INDEX canaries_arrived ON canaries (arrived);

-- Their own series: how many numbers were given, and how many canaries with one were removed since.
CREATE TABLE canary_series (
  tenant UUID NOT NULL,
  year BIGINT NOT NULL,
  given BIGINT NOT NULL,
  removed BIGINT NOT NULL,
  PRIMARY KEY (tenant, year)
);
