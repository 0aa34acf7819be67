"""Telegram: how it spells, carries and hears."""
