"""Wiggum: whether a task goes on, is done, is stuck or is out of budget. Pure rules."""
