"""`twoqs view`: a page in which a reader chooses what to look at."""
