"""What follows from the settings of autoscaling: whether there is KEDA, and what its objects hold."""
