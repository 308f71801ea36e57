-- The journal: records, the queue of those without a place in the tree yet, their erasable personal data, the tree.

CREATE TABLE record (
  id {identity},
  body {bytes} NOT NULL,   -- canonical JSON
  leaf {bytes} NOT NULL    -- SHA-256(0x00 || body)
) {strict};
{append_only(record)}

CREATE TABLE unsequenced (id {integer} PRIMARY KEY) {strict};

CREATE TABLE private (
  record_id {integer} NOT NULL,
  name {text} NOT NULL,
  salt {bytes} NOT NULL,
  value {text} NOT NULL,   -- canonical JSON
  PRIMARY KEY (record_id, name)
) {strict};

CREATE TABLE tree (
  tree_index {integer} PRIMARY KEY,
  record_id {integer} NOT NULL UNIQUE,
  leaf {bytes} NOT NULL
) {strict};
{append_only(tree)}

CREATE TABLE tile (
  level {integer} NOT NULL,
  tile_index {integer} NOT NULL,
  root {bytes} NOT NULL,
  hashes {bytes} NOT NULL,
  PRIMARY KEY (level, tile_index)
) {strict};
{append_only(tile)}
