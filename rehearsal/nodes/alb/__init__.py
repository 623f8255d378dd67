"""Application load balancers, as the AWS Load Balancer Controller makes them of Ingresses of class ``alb``."""
