"""Where the processes that measure come from, and how they are seen from outside."""
