"""The control socket: how commands ask a running daemon of ours to do something."""
