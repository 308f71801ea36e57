"""What a message says in its head, and the headers we put in front of it. Pure: bytes in, values or bytes out.

Bytes that were accepted are never rewritten here (promise 3 of the design): only trace headers and a
signature are added.
"""
