"""What may not be written down or shown: found in text and replaced by its kind. Pure."""
