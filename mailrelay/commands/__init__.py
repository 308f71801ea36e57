"""The commands of `mailrelay`, one module each; words to people and exit codes live here."""
