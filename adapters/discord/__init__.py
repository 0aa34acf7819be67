"""Discord: how it spells, carries and hears."""
