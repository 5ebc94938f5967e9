"""What of all that is reported: as comments and settings have it, each finding once, with the fixes that hold."""
