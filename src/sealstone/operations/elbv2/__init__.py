"""The operations of application and network load balancers, API version 2015-12-01."""
