"""What can be seen of a running relay from outside: health, metrics, and what the service manager is told."""
