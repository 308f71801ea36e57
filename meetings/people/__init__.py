"""Who is meant: names, addresses, lists and agency codes turned into guests by asking the directory. Reads only."""
