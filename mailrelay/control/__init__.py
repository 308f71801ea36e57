"""The verbs of the control socket: what commands ask the running daemon to do with the queue, and to send."""
