"""`mailrelay`: the SMTP relay that can prove every official document arrived."""
