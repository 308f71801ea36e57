"""The relay's only SQL: messages, recipients, attempts, the queue, the trail. Works on a transaction it is given."""
