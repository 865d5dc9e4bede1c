"""Git: one worktree and one branch per task."""
