"""What a trace yields, as frozen data, and what can be read off it without torch."""
