"""What is allowed, and who is meant: the address book, the rules of mail, logins. Reads the directory, never writes."""
