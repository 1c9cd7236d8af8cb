"""How a function is handed to other packages: what all the files in `peers/` share."""
