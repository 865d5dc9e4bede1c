"""What an iteration leaves in files: the session state and the transcript of what was said."""
