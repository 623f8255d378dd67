"""A service's benchmark after each deployment of it: a Job beside it, with its record in the bucket."""
