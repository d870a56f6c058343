"""Who signs what RequestCertificate asks for."""
