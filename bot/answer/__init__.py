"""What a chat is answered, whatever its platform: commands that are declared once and served by every listener."""
