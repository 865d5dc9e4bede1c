"""Changes that make the light green without making the work right."""
