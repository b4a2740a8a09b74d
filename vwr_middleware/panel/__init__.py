"""What operators see and steer: pages, a JSON API and metrics below one prefix."""
