"""AWS's API over our rooms."""
