"""Foreign containers are opened in a child process with limits: a crash or a bomb costs one message."""
