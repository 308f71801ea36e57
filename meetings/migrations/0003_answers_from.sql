-- From whom an answer really came: the login at our relay, else From; and how we know (auth, token, dmarc, dkim, spf).
ALTER TABLE answer ADD COLUMN sender {text} NOT NULL DEFAULT '';
ALTER TABLE answer ADD COLUMN trust {text} NOT NULL DEFAULT '';
ALTER TABLE past_answer ADD COLUMN sender {text} NOT NULL DEFAULT '';
ALTER TABLE past_answer ADD COLUMN trust {text} NOT NULL DEFAULT '';
ALTER TABLE incoming ADD COLUMN account {text} NOT NULL DEFAULT '';
ALTER TABLE incoming ADD COLUMN trust {text} NOT NULL DEFAULT '';
