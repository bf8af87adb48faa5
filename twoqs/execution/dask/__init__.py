"""The only user of distributed: clusters, tasks, who is let in."""
