"""Tables of load balancers, listeners, instances, and which certificates they use."""
