"""`meetings`: invitations to online meetings that every mail client understands."""
