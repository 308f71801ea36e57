"""The control socket: how commands ask the running daemon to change the queue or to take a message."""
