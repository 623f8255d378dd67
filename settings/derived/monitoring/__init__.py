"""What follows from the settings of monitoring, and the names by which it and what it watches know each other."""
