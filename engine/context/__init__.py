"""What an agent is told: a fresh context per iteration, within a budget of tokens. Pure."""
