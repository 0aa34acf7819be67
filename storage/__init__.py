"""How it is kept: the store, its queries and its migrations."""
