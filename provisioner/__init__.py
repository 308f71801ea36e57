"""`provision`: exactly one mailbox entry per civil servant, planned before written."""
