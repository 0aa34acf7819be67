"""What a digest is: reading, composing, identity. Pure: no I/O, no clock, no await, no platform."""
