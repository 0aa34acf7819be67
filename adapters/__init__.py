"""How it looks and how it travels: one folder a platform."""
