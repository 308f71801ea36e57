"""The verbs of `meetings`, one module each; imported only when used."""
