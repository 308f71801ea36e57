"""The ground floor: what every tool needs and what knows nothing of rosters, relaying or meetings."""
