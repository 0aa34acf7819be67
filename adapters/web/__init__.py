"""The web: a dialect, a courier, and the pages where editors see and decide."""
