"""The durable queue: one store on SQLite, one in memory, equal in all that the port promises."""
