"""IAM policy documents and their evaluation. Pure: documents and request context in, decisions out."""
