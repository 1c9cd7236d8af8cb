"""The commands, a file each: `<name>.py` holds `command`, and is a command by being here. Its first line
of help is its docstring's; new_problem.py is called `diffbench new-problem`.
"""
