-- Mails that could not be read wait for the secretary as all held ones do; there is no end of their own any more.
UPDATE incoming SET verdict = 'held' WHERE verdict = 'failed';
