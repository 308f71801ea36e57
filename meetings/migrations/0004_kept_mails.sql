-- How much is kept of mails that came in: each brings a row, few keep their bytes.
CREATE INDEX incoming_kept ON incoming (received_at, length(raw)) WHERE raw IS NOT NULL;
