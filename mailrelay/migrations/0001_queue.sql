-- Every message that was ever accepted; its bytes live in inline_body or stored_body until its last recipient ends.
-- Instants are microseconds since 1970. Addresses and texts are blanked when a message is erased.
CREATE TABLE message (
  number {integer} PRIMARY KEY,         -- mailrelay.queue_ids; grows with time
  accepted_at {integer} NOT NULL,
  origin {text} NOT NULL,               -- client, report, operator
  parent {integer} NOT NULL,            -- of a report: the message that it speaks of; else 0
  sender {text} NOT NULL,               -- reverse-path; empty for <>
  returned {text} NOT NULL,             -- RET: FULL, HDRS or empty
  envelope_identifier {text} NOT NULL,  -- ENVID
  eight_bit {integer} NOT NULL,
  smtputf8 {integer} NOT NULL,
  client {text} NOT NULL,               -- JSON: who handed it over
  message_id {text} NOT NULL,
  document_number {text} NOT NULL,
  document_kind {text} NOT NULL,
  urgency {text} NOT NULL,
  headers {text} NOT NULL,              -- JSON: what else is kept of the headers
  received {bytes} NOT NULL,            -- our trace header, goes in front of the bytes
  size {integer} NOT NULL,
  sha256 {bytes} NOT NULL,              -- of the bytes as accepted
  open_recipients {integer} NOT NULL,   -- how many have not come to an end
  ended_at {integer}                    -- when the last one did
) {strict};

CREATE INDEX message_open ON message (number) WHERE open_recipients > 0;

-- The bytes of a small message.
CREATE TABLE inline_body (
  number {integer} PRIMARY KEY,
  content {bytes} NOT NULL
) {strict};

-- Where the bytes of a large message stand in the segment files, and the key that makes them readable.
CREATE TABLE stored_body (
  number {integer} PRIMARY KEY,
  key {bytes} NOT NULL,                 -- AES-256-CTR, of this message alone
  extents {text} NOT NULL               -- JSON: [[segment, offset, length], ...]
) {strict};

-- Bodies that outlive their last recipient for a while ([relay] keep_body_seconds).
CREATE TABLE kept_body (
  number {integer} PRIMARY KEY,
  until {integer} NOT NULL
) {strict};

-- One recipient of one message; its states are those of mailrelay.lifecycle.
CREATE TABLE recipient (
  number {integer} NOT NULL,
  ordinal {integer} NOT NULL,
  address {text} NOT NULL,
  via {text} NOT NULL,                  -- the list or role address that it came from, or empty
  destination {text} NOT NULL,          -- local, address:..., domain:..., refused
  mailbox {text} NOT NULL,              -- uid, if local
  notify {text} NOT NULL,               -- NOTIFY, comma separated
  original {text} NOT NULL,             -- ORCPT
  precedence {integer} NOT NULL,        -- 0 urgent, 1 normal
  state {text} NOT NULL,
  attempts {integer} NOT NULL,          -- begun
  next_attempt_at {integer},            -- when it waits
  attempt_started_at {integer},         -- of the last attempt; durable before its final dot
  attempt_host {text} NOT NULL,
  possible_duplicate {integer} NOT NULL,
  last_code {integer} NOT NULL,         -- of the last attempt: reply code or 0, enhanced status, text
  last_status {text} NOT NULL,
  last_reply {text} NOT NULL,
  changed_at {integer} NOT NULL,
  PRIMARY KEY (number, ordinal)
) {strict_clustered};

CREATE INDEX recipient_waiting ON recipient (destination, precedence, next_attempt_at)
  WHERE state IN ('queued', 'deferred');

-- Which journal records speak of which recipient; ordinal -1: of the message as a whole.
CREATE TABLE mention (
  number {integer} NOT NULL,
  ordinal {integer} NOT NULL,
  record_id {integer} NOT NULL,
  PRIMARY KEY (number, ordinal, record_id)
) {strict_clustered};

-- What a message can be found by: 64-bit digests of its Message-ID, addresses, document number, envelope identifier.
CREATE TABLE sought (
  key {integer} NOT NULL,
  number {integer} NOT NULL,
  PRIMARY KEY (key, number)
) {strict_clustered};

-- What an account has handed over, so that a repeated submission is accepted once: 64-bit digests.
CREATE TABLE submission (
  submission_key {integer} NOT NULL,    -- account and Message-ID
  recipient_key {integer} NOT NULL,     -- the address of the RCPT command
  number {integer} NOT NULL,
  PRIMARY KEY (submission_key, recipient_key)
) {strict_clustered};

-- Reports that are owed to a sender.
CREATE TABLE notice (
  number {integer} NOT NULL,
  ordinal {integer} NOT NULL,
  kind {text} NOT NULL,                 -- failed, delayed, delivered, relayed, expanded
  due_at {integer} NOT NULL,
  PRIMARY KEY (number, ordinal, kind)
) {strict_clustered};

CREATE INDEX notice_due ON notice (due_at);
