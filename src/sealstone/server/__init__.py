"""The process: settings, first start, sockets, threads, logs, and the wiring of everything below."""
