"""Runnable stories: everything joined into systems, networks, and the command line."""
