"""`congvu demo`: the whole story, told with the real commands and real servers."""
