"""What measures speed and accuracy."""
