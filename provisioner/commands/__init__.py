"""The commands of `provision`, one module each; words to people and exit codes live here."""
