"""What `sudi doctor` finds of the accounts on platforms: each is asked, all at once, and none for long."""
