"""JavaScript repositories: their packages, their tools, their dependencies in a checkout."""
