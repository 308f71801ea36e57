"""The tests' own slapd keeps its promises: empty at the start of each test, whatever the test before did."""

from __future__ import annotations

import pytest

from foundation.directory.schema import SUBTREES
from tests.support.slapd_server import SlapdServer

pytestmark = pytest.mark.server


@pytest.mark.parametrize("round_number", [1, 2])
def test_each_test_finds_the_empty_frame(slapd: SlapdServer, round_number: int) -> None:
    with slapd.directory("provision") as directory:
        names = [entry.dn for entry in directory.search(slapd.base, "(objectClass=*)", ["objectClass"], "onelevel")]
        assert names == [f"{subtree},{slapd.base}" for subtree in SUBTREES]
        assert not list(directory.search(f"ou=people,{slapd.base}", "(objectClass=*)", ["uid"], "onelevel"))
    slapd.add(f"ou=left-{round_number},ou=people,{slapd.base}", {"objectClass": ["organizationalUnit"]})
    slapd.replace(f"ou=people,{slapd.base}", {"description": ["changed"]})
