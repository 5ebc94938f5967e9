"""What there is to find out about each model: its trace, what the rules find in it and stands the test, its parts."""
