"""Other packages as methods: one small file each, imported when first asked for, absent without harm."""
