"""The cockpit as lines of text: for screen readers, and terminals that cannot place text."""
