"""What `realtime init` writes into a project, and what it reads there first."""
