"""Where replies and delivery reports come in: LMTP for the organiser's and the bounce address."""
