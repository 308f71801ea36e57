"""The tests' own 389-DS keeps its promises: empty at the start of each test, with our schema and our rules."""

from __future__ import annotations

import pytest

from foundation.directory.schema import SUBTREES
from tests.support.ds389_server import Ds389Server

pytestmark = pytest.mark.server


@pytest.mark.parametrize("round_number", [1, 2])
def test_each_test_finds_the_empty_frame(ds389: Ds389Server, round_number: int) -> None:
    with ds389.directory("auditor") as directory:
        names = [entry.dn for entry in directory.search(ds389.base, "(objectClass=*)", ["objectClass"], "onelevel")]
        assert names == [f"{subtree},{ds389.base}" for subtree in SUBTREES]
        assert not list(directory.search(f"ou=people,{ds389.base}", "(objectClass=*)", ["uid"], "onelevel"))
    ds389.add_all({f"ou=left-{round_number},ou=people,{ds389.base}": {"objectClass": ["organizationalUnit"]}})
