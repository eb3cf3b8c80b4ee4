"""The operator's settings and the site files."""
