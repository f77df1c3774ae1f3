-- Floods: which row a waiting case is shown in, and what members do to many cases at once.

-- 0: a row of its own in the working queue; 1: a row of its own in the side queue; 2: beneath the row of another.
ALTER TABLE cases ADD COLUMN aside BIGINT NOT NULL DEFAULT 0 CHECK (aside BETWEEN 0 AND 2);
-- Beneath which row, for 2. A random number: it tells which cases say the same, and nothing of what they say.
ALTER TABLE cases ADD COLUMN fold UUID;
DROP INDEX cases_queue;
DROP INDEX cases_free;
CREATE INDEX cases_queue ON cases (desk, priority, due, year, number) WHERE waiting = 1 AND aside = 0;
CREATE INDEX cases_free ON cases (desk, priority, due, year, number) WHERE waiting = 1 AND aside = 0 AND holder IS NULL;
-- The side queue; also what `next` hands out when the working queue has nothing free.
CREATE INDEX cases_aside ON cases (desk, aside, priority, due, year, number) WHERE waiting = 1 AND aside > 0;
CREATE INDEX cases_folded ON cases (fold, year, number) WHERE waiting = 1 AND fold IS NOT NULL;

-- Cases beneath one row. The head has a row of its own; `amount` is kept, never counted.
CREATE TABLE folds (
  id UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  desk UUID NOT NULL,
  head UUID NOT NULL,
  amount BIGINT NOT NULL
);
CREATE INDEX folds_by_head ON folds (head);
CREATE INDEX folds_waiting ON folds (desk) WHERE amount > 0;

-- How many waiting cases of a desk are in the side queue (1) and beneath a row (2); maintained, never counted.
CREATE TABLE aside_counts (
  tenant UUID NOT NULL,
  desk UUID NOT NULL,
  aside BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (desk, aside)
);

-- One bulk act of a member. `seed` is drawn before the first case is touched and its hash stands in the audit log,
-- so that the sample for review can be drawn again by anybody and chosen by nobody.
CREATE TABLE sweeps (
  id UUID NOT NULL PRIMARY KEY,
  tenant UUID NOT NULL,
  desk UUID NOT NULL,
  staff UUID NOT NULL,
  begun BIGINT NOT NULL,
  act TEXT NOT NULL CHECK (act IN ('clear', 'confirm')),
  -- the head of a row, or nothing for the side queue or chosen cases
  head UUID,
  -- cases up to this number; later ones came after the member looked. 0: chosen cases, nothing to go on with
  upto_year BIGINT NOT NULL,
  upto_number BIGINT NOT NULL,
  seed BYTEA NOT NULL,
  done BIGINT NOT NULL,
  undone BIGINT NOT NULL,
  -- 1 when nothing was left to do
  ended BIGINT NOT NULL
);
CREATE INDEX sweeps_by_desk ON sweeps (desk, begun);

CREATE TABLE sweep_cases (
  sweep UUID NOT NULL,
  case_id UUID NOT NULL,
  tenant UUID NOT NULL,
  -- from the seed and the case: the smallest are the sample
  draw BIGINT NOT NULL,
  undone BIGINT NOT NULL,
  reviewer UUID,
  reviewed_at BIGINT,
  PRIMARY KEY (sweep, case_id)
);
CREATE INDEX sweep_cases_draw ON sweep_cases (sweep, draw);
CREATE INDEX sweep_cases_by_case ON sweep_cases (case_id);
