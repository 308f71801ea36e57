-- The weekly work schedule: what was issued of each week, and when. An edition never changes; only what a meeting that
-- became secret said in it is blanked.

CREATE TABLE week_edition (
  week {text} NOT NULL,                 -- 2026-W48
  number {integer} NOT NULL,            -- 0: first issue, n: điều chỉnh lần n
  issued_at {integer} NOT NULL,
  issued_by {text} NOT NULL,
  PRIMARY KEY (week, number)
) {strict_clustered};

-- The rows of an edition, with those that are cancelled or moved away since an earlier one.
CREATE TABLE week_row (
  week {text} NOT NULL,
  number {integer} NOT NULL,
  uid {text} NOT NULL,
  recurrence_id {integer} NOT NULL,
  content {text} NOT NULL,              -- JSON
  PRIMARY KEY (week, number, uid, recurrence_id)
) {strict_clustered};

CREATE INDEX week_row_by_uid ON week_row (uid);
