"""What the machine lends and asks for: cores, open files, signals, encrypted connections."""
