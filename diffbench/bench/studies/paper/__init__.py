"""Paper mode: what the field has published, each figure beside the one found here, and a sentence
where they differ. `make bench SUITE=paper` measures what they are about and prints the tables.
"""
