"""The runner of GitHub Actions: where a run takes place, and what is told to its job."""
