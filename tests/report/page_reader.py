"""A page as a tree: Python's own HTML parser, with the nesting of tags checked on the way."""

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "wbr", "input", "img", "hr"}


class Element:
    """A tag with its attributes, its children in order (elements and texts) and a search by tag or
    attribute.
    """

    def __init__(self, tag, attributes=()):
        self.tag, self.attributes, self.children = tag, dict(attributes), []

    def walk(self):
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag, **wanted):
        return [
            e
            for e in self.walk()
            if e.tag == tag
            and all(e.attributes.get(name) == value for name, value in wanted.items())
        ]

    @property
    def text(self):
        return "".join(
            child.text if isinstance(child, Element) else child for child in self.children
        )


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open = [Element("document")]

    def handle_starttag(self, tag, attributes):
        element = Element(tag, attributes)
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.open[-1].children.append(Element(tag, attributes))

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}> at {self.getpos()}"
        self.open.pop()

    def handle_data(self, text):
        self.open[-1].children.append(text)


def read(path):
    """The document of an HTML file; a tag that is not closed, or closed out of order, fails the
    test.
    """
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    assert [element.tag for element in reader.open] == ["document"]
    return reader.open[0]
