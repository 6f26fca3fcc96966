"""What a finished run shows: tables, pages, comparisons, and why an access took its time."""
