"""A small kubelet for every node of a world: registers Nodes, runs pods as processes, forwards load balancers."""
