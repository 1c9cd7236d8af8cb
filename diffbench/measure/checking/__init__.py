"""Is a gradient that somebody wrote right?"""
