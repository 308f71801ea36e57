"""Real servers as unprivileged children on loopback, each with all of its data under one folder of ours."""
