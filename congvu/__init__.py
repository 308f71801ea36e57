"""The roof: what spans the tools (sandbox, demo, doctor, keys, configuration)."""
