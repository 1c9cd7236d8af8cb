"""What f is called with: several arguments, structures of arrays, of which some vary."""
