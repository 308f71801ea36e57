-- One sync, adopt or other writing command, from its start to its end.
CREATE TABLE run (
  id {identity},
  plan_id {text} NOT NULL,
  command {text} NOT NULL,            -- sync, adopt
  source {text} NOT NULL,
  scope {text} NOT NULL,
  state {text} NOT NULL,              -- started, finished, incomplete (some failed), interrupted
  started_at {integer} NOT NULL,      -- microseconds since 1970
  finished_at {integer},
  roster_sha256 {text} NOT NULL,
  roster_rows {integer} NOT NULL,
  roster_columns {text} NOT NULL,     -- JSON list of fields that the roster had
  roster_as_of {text} NOT NULL,       -- ISO date that the roster states for itself, or empty
  forced {text} NOT NULL,             -- JSON list of limits that were forced
  reason {text} NOT NULL
) {strict};

-- One change of one entry: written before the directory is touched (the intent, with the before-image), completed
-- after. A row without outcome is settled by reading the entry. Personal data: erasable, the journal holds digests.
CREATE TABLE change (
  run_id {integer} NOT NULL REFERENCES run (id),
  position {integer} NOT NULL,
  kind {text} NOT NULL,
  action {text} NOT NULL,
  employee_id {text} NOT NULL,
  agency {text} NOT NULL,
  dn {text} NOT NULL,
  address {text} NOT NULL,
  before {text} NOT NULL,             -- JSON {attribute: [values]}
  after {text} NOT NULL,
  why {text} NOT NULL,                -- JSON [vi, en]
  weight {integer} NOT NULL,          -- how much it counts against its limit
  planned_at {integer} NOT NULL,
  outcome {text},                     -- done, moved, failed; NULL: not known yet
  detail {text} NOT NULL DEFAULT '',
  settled_at {integer},
  PRIMARY KEY (run_id, position)
) {strict};

CREATE INDEX change_by_entry ON change (dn, run_id);
CREATE INDEX change_unsettled ON change (run_id) WHERE outcome IS NULL;
CREATE INDEX change_recent ON change (settled_at) WHERE action NOT IN ('create', 'adopt');

-- Every address that we ever reserved, as keyed hashes, beside the copy in the directory.
CREATE TABLE issued_address (
  digest {text} NOT NULL PRIMARY KEY,
  owner {text} NOT NULL               -- person key, or the name of a list or role mailbox
) {strict};
