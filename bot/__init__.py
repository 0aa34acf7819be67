"""What happens: look, promise, dispatch, answer. The only place that wires things together."""
