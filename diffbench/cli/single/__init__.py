"""What stands behind a single command."""
