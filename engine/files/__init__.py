"""What every room that keeps files of its own needs."""
