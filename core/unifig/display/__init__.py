"""How runs are shown to people and named by them: what the command line and the page share."""
