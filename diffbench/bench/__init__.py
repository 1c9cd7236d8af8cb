"""The matrix problems x sizes x operators x methods: measured in isolated workers, kept in a
journal, compared between runs.
"""
