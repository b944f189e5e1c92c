"""Links between the documents lead somewhere."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, Page, all_pages, anchors, page

PAGES = all_pages()


def links(document: Page) -> list[tuple[str, str]]:
    """Place and anchor of every link within the repository."""
    targets = re.findall(r"\]\(([^)\s]+)\)", document.prose)
    return [tuple(target.partition("#")[::2]) for target in targets if "://" not in target]


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_links_resolve(document: Page) -> None:
    """The file of each link is there, and so is the heading that it names."""
    broken = []
    for place, anchor in links(document):
        file = (document.path.parent / place).resolve() if place else document.path
        if not file.exists() or (anchor and anchor not in anchors(page(file.relative_to(ROOT).as_posix()))):
            broken.append(f"{place}#{anchor}")
    assert not broken


def test_every_document_can_be_found() -> None:
    """The index links to each page of docs/, and the README to the index."""
    index = page("docs/README.md")
    linked = {(index.path.parent / place).resolve() for place, _ in links(index)}
    assert linked == {document.path for document in PAGES if document.name.startswith("docs/")} - {index.path}
    assert ("docs/README.md", "") in links(page("README.md"))
