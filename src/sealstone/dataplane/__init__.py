"""The data plane: what is wanted to listen, as records; HAProxy's configuration for it; the process that serves it.

Nothing here knows AWS: the deploy worker turns load balancers into `wanted.Wanted` and hands it to a `DataPlane`.
"""
