"""The numbers of the papers, what the tool measures of them, and the verdict: `cosim claims`."""
