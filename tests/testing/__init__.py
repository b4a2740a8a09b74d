"""The room that we give to the tests of others."""
