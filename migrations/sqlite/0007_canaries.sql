-- Canaries: what the service sends itself through each way in, to see that it arrives. They are no cases and stand in no
-- table of cases; what is deleted here was never written by a person.

-- How each way in stands. `flight` is the canary under way.
CREATE TABLE canary_lines (
  name TEXT NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  since INTEGER NOT NULL,
  flight BLOB,
  begun INTEGER,
  next INTEGER NOT NULL,
  good INTEGER,
  took INTEGER,
  trouble TEXT
) STRICT;

-- Canaries that arrived. Sealed to a key that follows from the transit key of `epoch`.
CREATE TABLE canaries (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  line TEXT NOT NULL,
  year INTEGER NOT NULL,
  number INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  wrap BLOB NOT NULL,
  arrived INTEGER NOT NULL,
  answered INTEGER
) STRICT;
CREATE UNIQUE INDEX canaries_numbered ON canaries (tenant, year, number);
CREATE INDEX canaries_arrived ON canaries (arrived);

-- Their own series: how many numbers were given, and how many canaries with one were removed since.
CREATE TABLE canary_series (
  tenant BLOB NOT NULL,
  year INTEGER NOT NULL,
  given INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  PRIMARY KEY (tenant, year)
) STRICT;
