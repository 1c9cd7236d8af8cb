"""docs/peers.md tells of every method that is another package's or another program's."""

import re
from pathlib import Path

from diffbench import registry
from diffbench.bench.rivals.peers_table import ALL, EVERYBODY
from diffbench.interface import Kind

PAGE = (Path(__file__).parents[2] / "docs" / "peers.md").read_text()
PEERS = {
    name
    for name in registry.list_methods()
    if registry.find("differentiators", name).kind is Kind.PEER
}


def test_the_call_of_every_peer_is_shown():
    table = PAGE[PAGE.index("| method | the call |") :]
    shown = set(
        re.findall(r"`([\w-]+)`(?:, | \|)", "".join(re.findall(r"^(\|[^|]*\|)", table, re.M)))
    )
    assert shown == PEERS


def test_everybody_takes_part_in_the_table_of_everybody():
    missing = PEERS - set(EVERYBODY) - {"tensorflow-eager"}
    assert not missing and all(set(row.contestants) >= set(EVERYBODY) for row in ALL)


def test_a_peer_says_how_it_takes_f():
    assert all(registry.find("differentiators", name).takes for name in PEERS)
