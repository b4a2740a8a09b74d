"""The apps that are served: bare, behind our waiting room, behind one written by hand."""
