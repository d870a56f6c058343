"""What each AWS operation does, one file per resource; the call, its errors, and `perform`, the one entrance."""
