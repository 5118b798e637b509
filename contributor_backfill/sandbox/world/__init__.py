"""What there is: repositories, pull requests, people, and how they are made."""
