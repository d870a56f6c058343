"""The operations of the classic load balancers, API version 2012-06-01."""
