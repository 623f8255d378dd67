"""A small kubelet for every node of a sandbox: registers Nodes, runs pods as processes, forwards load balancers."""
