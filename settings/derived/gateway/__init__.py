"""What follows from the settings of the gateway, and the names by which it and the services know each other."""
