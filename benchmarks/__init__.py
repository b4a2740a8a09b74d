"""What the waiting room costs, measured beside a bare app and beside what people write by hand."""
