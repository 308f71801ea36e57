-- The tables of the storage tests: every type, a rule to break, a reference, an append-only table.
CREATE TABLE item (
  id {identity},
  name {text} NOT NULL UNIQUE,
  amount {integer},
  share {real},
  content {bytes},
  CHECK (amount >= 0)
) {strict};

CREATE TABLE part (
  item_id {integer} NOT NULL REFERENCES item (id),
  position {integer} NOT NULL,
  PRIMARY KEY (item_id, position)
) {strict};

CREATE TABLE fact (number {integer} PRIMARY KEY) {strict};
{append_only(fact)}
