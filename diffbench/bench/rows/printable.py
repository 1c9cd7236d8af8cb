"""Text of strangers (a method's errors, a journal's names) as it may be shown: no character of it
moves the cursor, colours, rings, hides or turns round what stands beside it, and it has an end.
"""

LONGEST = 500  # characters of a reason in a row; the whole of a longer one lies in a file beside
CUT = " [...]"


def printable(text: str) -> str:
    r"""The text with every character that can't be seen as its escape.

    >>> printable("a\x1b[31mb\udcff\u202e")
    'a\\x1b[31mb\\udcff\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def in_one_line(text: str) -> str:
    """The text with blanks for line ends and tabs, and printable."""
    return printable(" ".join(text.split()))


def bounded(text: str, most: int = LONGEST) -> str:
    """The text, cut where it is longer than that."""
    return text if len(text) <= most else text[: most - len(CUT)] + CUT


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
