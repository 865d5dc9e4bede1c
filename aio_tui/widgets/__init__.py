"""Widgets that hold only values and draw a line when it is asked for."""
