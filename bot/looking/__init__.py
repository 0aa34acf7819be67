"""From a folder on disk to posts and digests in the store: what was found, what it means, how it is kept."""
