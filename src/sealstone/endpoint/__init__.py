"""The AWS door: HTTP request -> Call -> HTTP response. Codecs and signature checks are pure; no sockets here."""
