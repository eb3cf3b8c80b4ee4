"""Govwatch: know what the US government changed on its news pages, and prove it."""
