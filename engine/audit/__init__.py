"""The audit trail: who decided what, when, how surely and why."""
