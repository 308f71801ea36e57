-- A meeting and its current edition. Instants are microseconds since 1970; a recurrence id is the instant at which an
-- occurrence was to begin, 0 for the meeting as a whole.
CREATE TABLE meeting (
  id {identity},
  uid {text} NOT NULL UNIQUE,
  number_key {text} NOT NULL,           -- number and symbol in lower case, or empty
  status {text} NOT NULL,               -- CONFIRMED, CANCELLED
  sequence {integer} NOT NULL,
  time_sequence {integer} NOT NULL,     -- SEQUENCE of the last change of time, place or rule
  last_dtstamp {integer} NOT NULL,      -- of the newest mail; whole seconds
  secret {integer} NOT NULL,
  start_at {integer} NOT NULL,          -- of the first occurrence
  end_at {integer} NOT NULL,            -- of the last one
  public_id {text} NOT NULL UNIQUE,     -- in the secretary's link
  link_serial {integer} NOT NULL,
  created_at {integer} NOT NULL,
  created_by {text} NOT NULL,
  content {text} NOT NULL               -- JSON: the current edition
) {strict};

CREATE INDEX meeting_by_number ON meeting (number_key) WHERE number_key <> '';
CREATE INDEX meeting_by_end ON meeting (end_at);

-- Everything that the letter said at one SEQUENCE, of the whole or of one occurrence.
CREATE TABLE edition (
  meeting_id {integer} NOT NULL,
  sequence {integer} NOT NULL,
  recurrence_id {integer} NOT NULL,
  content {text} NOT NULL,              -- JSON
  at {integer} NOT NULL,
  made_by {text} NOT NULL,
  why {text} NOT NULL,                  -- created, changed, cancelled, delegation, and the reason given
  PRIMARY KEY (meeting_id, sequence, recurrence_id)
) {strict_clustered};

-- Each time at which a meeting sits: one row for a single meeting, one per occurrence of a series.
CREATE TABLE occurrence (
  meeting_id {integer} NOT NULL,
  recurrence_id {integer} NOT NULL,
  start_at {integer} NOT NULL,
  end_at {integer} NOT NULL,
  status {text} NOT NULL,
  sequence {integer} NOT NULL,
  content {text},                       -- JSON, when it differs from the series
  PRIMARY KEY (meeting_id, recurrence_id)
) {strict_clustered};

CREATE INDEX occurrence_by_end ON occurrence (end_at, start_at);

-- A person's calendar feed over all meetings.
CREATE TABLE feed (
  address {text} PRIMARY KEY,
  public_id {text} NOT NULL UNIQUE,
  link_serial {integer} NOT NULL
) {strict};

-- One invited person or office; never deleted, so that what came in late finds whom it speaks of.
CREATE TABLE attendee (
  id {identity},
  meeting_id {integer} NOT NULL,
  address {text} NOT NULL,
  name {text} NOT NULL,
  role {text} NOT NULL,
  title {text} NOT NULL,
  agency {text} NOT NULL,
  agency_name {text} NOT NULL,
  telephone {text} NOT NULL,
  aliases {text} NOT NULL,              -- JSON: other addresses that may answer
  named_by {text} NOT NULL,             -- JSON: addresses, lists and agencies through which they were invited
  public_id {text} NOT NULL UNIQUE,     -- in links
  reply_token {text} NOT NULL UNIQUE,   -- in the organiser's sub-address
  link_serial {integer} NOT NULL,
  delegated_from {integer},
  delegated_to {integer},
  removed {integer} NOT NULL,
  unreachable {integer} NOT NULL,       -- the directory no longer knows them
  invited_at {integer} NOT NULL,
  last_mail {integer},                  -- the newest promised mail
  joined_at {integer},                  -- first time in the room
  UNIQUE (meeting_id, address)
) {strict};

CREATE INDEX attendee_by_address ON attendee (address);

-- Every address that may answer for an attendee.
CREATE TABLE attendee_address (
  meeting_id {integer} NOT NULL,
  address {text} NOT NULL,
  attendee_id {integer} NOT NULL,
  PRIMARY KEY (meeting_id, address, attendee_id)
) {strict_clustered};

-- Where one person stands for one occurrence or for the whole.
CREATE TABLE answer (
  meeting_id {integer} NOT NULL,
  attendee_id {integer} NOT NULL,
  recurrence_id {integer} NOT NULL,
  partstat {text} NOT NULL,
  comment {text} NOT NULL,
  asked_sequence {integer} NOT NULL,    -- SEQUENCE at which they were last asked
  sequence {integer} NOT NULL,          -- of the answer that counts, -1: none
  dtstamp {integer} NOT NULL,
  digest {text} NOT NULL,               -- decides between two answers of one second
  answered_at {integer},
  via {text} NOT NULL,                  -- mail, page, held, command
  message_id {text} NOT NULL,
  asked_again {integer} NOT NULL,       -- asked_sequence for which an answer to the old time came, -1: none
  PRIMARY KEY (meeting_id, attendee_id, recurrence_id)
) {strict_clustered};

-- Every answer that ever came, counted or not.
CREATE TABLE past_answer (
  id {identity},
  meeting_id {integer} NOT NULL,
  attendee_id {integer} NOT NULL,
  recurrence_id {integer} NOT NULL,
  at {integer} NOT NULL,
  partstat {text} NOT NULL,
  comment {text} NOT NULL,
  via {text} NOT NULL,
  sequence {integer} NOT NULL,
  reason {text} NOT NULL                -- why it did not count, or empty
) {strict};

CREATE INDEX past_answer_by_attendee ON past_answer (attendee_id);

-- The outbox: inputs of a mail, never its bytes.
CREATE TABLE promised (
  id {identity},
  meeting_id {integer} NOT NULL,        -- 0: about no single meeting
  attendee_id {integer},
  address {text} NOT NULL,
  purpose {text} NOT NULL,
  sequence {integer} NOT NULL,
  recurrence_id {integer} NOT NULL,
  dtstamp {integer} NOT NULL,
  template {text} NOT NULL,             -- version of the templates
  details {text} NOT NULL,              -- JSON
  token {text} NOT NULL UNIQUE,         -- Message-ID, ENVID, bounce address
  state {text} NOT NULL,                -- waiting, handed_over, refused, expired, withdrawn
  attempts {integer} NOT NULL,          -- begun
  promised_at {integer} NOT NULL,
  next_attempt_at {integer} NOT NULL,
  claimed_until {integer} NOT NULL,     -- an attempt is under way, until this lease ends; 0: none
  claimed_by {text} NOT NULL,
  handed_over_at {integer},
  delivery {text} NOT NULL,             -- queued, deferred, delivered, relayed, failed, expired, refused
  delivery_text {text} NOT NULL,
  delivery_at {integer},
  possible_duplicate {integer} NOT NULL
) {strict};

CREATE INDEX promised_due ON promised (next_attempt_at, id) WHERE state = 'waiting';
CREATE INDEX promised_by_attendee ON promised (attendee_id, id);
CREATE INDEX promised_by_meeting ON promised (meeting_id);

-- Every mail that came in and what became of it.
CREATE TABLE incoming (
  id {identity},
  message_id {text} NOT NULL,
  digest {bytes} NOT NULL,
  sender {text} NOT NULL,
  recipient {text} NOT NULL,
  subject {text} NOT NULL,
  received_at {integer} NOT NULL,
  verdict {text} NOT NULL,              -- counted, held, passed_on, ignored, failed
  reason {text} NOT NULL,
  meeting_id {integer},
  method {text} NOT NULL,
  answers {text} NOT NULL,              -- JSON: what it answers, for held ones
  raw {bytes},                          -- held, failed, and passed on ones
  forward_to {text} NOT NULL,           -- the mailbox that it goes on to, or empty
  forwarded_at {integer},
  forward_attempts {integer} NOT NULL,
  decided {text} NOT NULL,              -- accepted, rejected, or empty
  decided_at {integer},
  decided_by {text} NOT NULL
) {strict};

CREATE INDEX incoming_by_digest ON incoming (digest);
CREATE INDEX incoming_by_meeting ON incoming (meeting_id, verdict);
CREATE INDEX incoming_held ON incoming (received_at) WHERE verdict = 'held' AND decided = '';
CREATE INDEX incoming_to_forward ON incoming (id) WHERE forward_to <> '' AND forwarded_at IS NULL;

-- Another time that somebody proposed.
CREATE TABLE counter_proposal (
  id {identity},
  meeting_id {integer} NOT NULL,
  attendee_id {integer} NOT NULL,
  recurrence_id {integer} NOT NULL,
  sequence {integer} NOT NULL,
  dtstamp {integer} NOT NULL,
  proposed_start_at {integer},
  proposed_end_at {integer},
  comment {text} NOT NULL,
  at {integer} NOT NULL,
  state {text} NOT NULL,                -- open, accepted, refused, withdrawn
  decided_at {integer},
  decided_by {text} NOT NULL
) {strict};

CREATE INDEX counter_proposal_by_meeting ON counter_proposal (meeting_id);

-- Somebody who is to stand in, or stood in.
CREATE TABLE deputy_proposal (
  id {identity},
  meeting_id {integer} NOT NULL,
  delegator_id {integer} NOT NULL,
  address {text} NOT NULL,
  guest {text} NOT NULL,                -- JSON
  comment {text} NOT NULL,
  via {text} NOT NULL,
  other_agency {integer} NOT NULL,
  at {integer} NOT NULL,
  state {text} NOT NULL,                -- open, accepted, refused, withdrawn
  decided_at {integer},
  decided_by {text} NOT NULL
) {strict};

CREATE INDEX deputy_proposal_by_meeting ON deputy_proposal (meeting_id);
CREATE INDEX deputy_proposal_by_delegator ON deputy_proposal (delegator_id);

-- Which reminder was given to whom for which beginning; attendee 0: the alarm to the secretary.
CREATE TABLE reminder (
  meeting_id {integer} NOT NULL,
  attendee_id {integer} NOT NULL,
  start_at {integer} NOT NULL,
  mark_at {integer} NOT NULL,           -- when it was due; of one sent by hand: the hour
  at {integer} NOT NULL,
  PRIMARY KEY (meeting_id, attendee_id, start_at, mark_at)
) {strict_clustered};

-- Who went into the room, once per occurrence.
CREATE TABLE room_entry (
  meeting_id {integer} NOT NULL,
  attendee_id {integer} NOT NULL,
  recurrence_id {integer} NOT NULL,
  at {integer} NOT NULL,
  PRIMARY KEY (meeting_id, attendee_id, recurrence_id)
) {strict_clustered};

-- Which journal records speak of which meeting: to be read together, and to be blanked when it becomes secret.
CREATE TABLE mention (
  meeting_id {integer} NOT NULL,
  record_id {integer} NOT NULL,
  PRIMARY KEY (meeting_id, record_id)
) {strict_clustered};
