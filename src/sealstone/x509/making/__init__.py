"""Making keys, requests and certificates. What is made comes out as DER; `writing` turns it into files."""
