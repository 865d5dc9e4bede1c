"""The rooms of verification: baselines, proofs, retries, the breaker, and the runs themselves."""
