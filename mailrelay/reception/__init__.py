"""The reception: takes mail over SMTP, asks the policy, and says 250 only when the ledger has it durably."""
