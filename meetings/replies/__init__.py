"""What comes back: answers, delivery reports, everything else that reaches the organiser's mailbox. Pure.

`reading` takes a mail apart, `trust` says whether its sender is who it claims to be. Nothing here knows a meeting, a
table or a socket: bytes in, values out, and no bytes make it raise.
"""
