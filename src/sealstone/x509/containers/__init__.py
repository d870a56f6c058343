"""Whatever a file holds, told apart and opened: PEM, DER, PKCS #12, PKCS #7, Java keystores, encrypted keys."""
