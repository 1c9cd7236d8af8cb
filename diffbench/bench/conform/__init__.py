"""Does a tool differentiate what it takes, and refuse what it does not? Code that tools are known to
get wrong, every row of the rule table, and random programs, asked of any method.
"""
