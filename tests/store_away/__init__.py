"""What the gate answers while its store is away, or knows better than a worker."""
