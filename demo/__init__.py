"""`make demo`: the main job, done by the unmodified aws CLI against a server in a temporary directory."""
