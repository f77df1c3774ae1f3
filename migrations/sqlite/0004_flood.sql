-- Floods: which row a waiting case is shown in, and what members do to many cases at once.

-- 0: a row of its own in the working queue; 1: a row of its own in the side queue; 2: beneath the row of another.
ALTER TABLE cases ADD COLUMN aside INTEGER NOT NULL DEFAULT 0 CHECK (aside BETWEEN 0 AND 2);
-- Beneath which row, for 2. A random number: it tells which cases say the same, and nothing of what they say.
ALTER TABLE cases ADD COLUMN fold BLOB;
DROP INDEX cases_queue;
DROP INDEX cases_free;
CREATE INDEX cases_queue ON cases (desk, priority, due, year, number) WHERE waiting = 1 AND aside = 0;
CREATE INDEX cases_free ON cases (desk, priority, due, year, number) WHERE waiting = 1 AND aside = 0 AND holder IS NULL;
-- The side queue; also what `next` hands out when the working queue has nothing free.
CREATE INDEX cases_aside ON cases (desk, aside, priority, due, year, number) WHERE waiting = 1 AND aside > 0;
CREATE INDEX cases_folded ON cases (fold, year, number) WHERE waiting = 1 AND fold IS NOT NULL;

-- Cases beneath one row. The head has a row of its own; `amount` is kept, never counted.
CREATE TABLE folds (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  desk BLOB NOT NULL,
  head BLOB NOT NULL,
  amount INTEGER NOT NULL
) STRICT;
CREATE INDEX folds_by_head ON folds (head);
CREATE INDEX folds_waiting ON folds (desk) WHERE amount > 0;

-- How many waiting cases of a desk are in the side queue (1) and beneath a row (2); maintained, never counted.
CREATE TABLE aside_counts (
  tenant BLOB NOT NULL,
  desk BLOB NOT NULL,
  aside INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (desk, aside)
) STRICT;

-- One bulk act of a member. `seed` is drawn before the first case is touched and its hash stands in the audit log,
-- so that the sample for review can be drawn again by anybody and chosen by nobody.
CREATE TABLE sweeps (
  id BLOB NOT NULL PRIMARY KEY,
  tenant BLOB NOT NULL,
  desk BLOB NOT NULL,
  staff BLOB NOT NULL,
  begun INTEGER NOT NULL,
  act TEXT NOT NULL CHECK (act IN ('clear', 'confirm')),
  -- the head of a row, or nothing for the side queue or chosen cases
  head BLOB,
  -- cases up to this number; later ones came after the member looked. 0: chosen cases, nothing to go on with
  upto_year INTEGER NOT NULL,
  upto_number INTEGER NOT NULL,
  seed BLOB NOT NULL,
  done INTEGER NOT NULL,
  undone INTEGER NOT NULL,
  -- 1 when nothing was left to do
  ended INTEGER NOT NULL
) STRICT;
CREATE INDEX sweeps_by_desk ON sweeps (desk, begun);

CREATE TABLE sweep_cases (
  sweep BLOB NOT NULL,
  case_id BLOB NOT NULL,
  tenant BLOB NOT NULL,
  -- from the seed and the case: the smallest are the sample
  draw INTEGER NOT NULL,
  undone INTEGER NOT NULL,
  reviewer BLOB,
  reviewed_at INTEGER,
  PRIMARY KEY (sweep, case_id)
) STRICT;
CREATE INDEX sweep_cases_draw ON sweep_cases (sweep, draw);
CREATE INDEX sweep_cases_by_case ON sweep_cases (case_id);
