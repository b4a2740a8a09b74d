"""The report after a sale."""
