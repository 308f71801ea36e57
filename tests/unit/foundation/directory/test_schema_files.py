"""The schema is written in four places for four readers; all four say the same."""

from __future__ import annotations

import re
from pathlib import Path

from foundation.directory.schema import OID_ARC, OUR_ATTRIBUTES, OUR_CLASSES, SERVICE_NAMES, SUBTREES
from foundation.resources import deploy_folder

DEFINITION = re.compile(r"\((?:[^()']|'[^']*'|\([^()]*\))*\)")


def definitions(path: Path, attribute_keyword: str, class_keyword: str) -> tuple[list[str], list[str]]:
    """Attribute and class definitions of a schema file, in the order and with the spelling of slapd.conf's form."""
    text = re.sub(r"^#.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if path.suffix == ".ldif":
        text = text.replace("\n ", "")
    text = text.replace("congvuAttribute:", f"{OID_ARC}.1.").replace("congvuClass:", f"{OID_ARC}.2.")
    found: dict[str, list[str]] = {attribute_keyword: [], class_keyword: []}
    for keyword, listed in found.items():
        for start in re.finditer(rf"^{keyword}:?\s+", text, flags=re.MULTILINE):
            match = DEFINITION.match(text, start.end())
            assert match, text[start.end() : start.end() + 60]
            listed.append(re.sub(r"\s+", " ", match[0]).replace(" X-ORIGIN 'congvu'", ""))
    return found[attribute_keyword], found[class_keyword]


def names(defined: list[str]) -> tuple[str, ...]:
    return tuple(re.findall(r"NAME '(\w+)'", "".join(defined)))


def test_every_form_of_the_schema_says_the_same() -> None:
    reference = definitions(deploy_folder() / "openldap" / "congvu.schema", "attributetype", "objectclass")
    assert names(reference[0]) == OUR_ATTRIBUTES
    assert names(reference[1]) == OUR_CLASSES
    for number, definition in enumerate(reference[0], 1):
        assert definition.startswith(f"( {OID_ARC}.1.{number} NAME ")
    for number, definition in enumerate(reference[1], 1):
        assert definition.startswith(f"( {OID_ARC}.2.{number} NAME ")
    configured = definitions(deploy_folder() / "openldap" / "congvu.ldif", "olcAttributeTypes", "olcObjectClasses")
    assert configured == reference
    assert definitions(deploy_folder() / "389ds" / "98congvu.ldif", "attributeTypes", "objectClasses") == reference


def test_both_servers_start_with_the_same_frame() -> None:
    for server in ("openldap", "389ds"):
        text = (deploy_folder() / server / "base.ldif.template").read_text(encoding="utf-8")
        entries = re.findall(r"^dn: (.*)$", text, flags=re.MULTILINE)
        assert [f"{subtree},@BASE@" for subtree in SUBTREES] == [dn for dn in entries if dn.startswith("ou=")]
        services = [dn for dn in entries if dn.endswith(",ou=services,@BASE@")]
        assert services == [f"cn={name},ou=services,@BASE@" for name in SERVICE_NAMES]
