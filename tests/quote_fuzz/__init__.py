"""Questions in one line, sound ones and damaged ones: none may end in a traceback."""
