"""Which task, and one iteration of it: where rules and adapters meet."""
