"""The containers, on a real engine: the image, and the original's commands word for word."""
