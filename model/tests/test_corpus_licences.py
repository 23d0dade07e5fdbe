"""Licences inside repositories."""

import pytest
from byteline_model.corpus.licences import LICENCE_FILE, restricts
from repositories import paths, repository, run, source

MPL, MIT = b"Mozilla Public License, version 2.0", b"MIT License\n\nPermission is hereby granted, free of charge"


@pytest.mark.parametrize(
    "text, restricted",
    [
        (MPL, True),
        (MIT, False),
        (MIT + b"\n\nParts: " + MPL, False),
        (b"../LICENSE", False),
        (b"PolyForm Shield License", True),
        (
            b"The X Enterprise License. A valid subscription is required. Permission is hereby granted, free of charge",
            True,
        ),
    ],
)
def test_licence_texts(text, restricted):
    assert restricts(text) == restricted


def test_licence_file_names():
    assert all(
        LICENCE_FILE.search("x/" + n)
        for n in ("LICENSE", "licence.md", "COPYING", "LICENSE-MIT", "UNLICENSE", "LICENSE.txt")
    )
    assert not any(
        LICENCE_FILE.search("x/" + n) for n in ("license.ts", "license-header.txt", "LICENSES/MIT.txt", "copying.go")
    )


def test_a_folder_with_a_licence_of_its_own_is_judged_by_it(tmp_path):
    a = repository(
        tmp_path / "a",
        {
            "LICENSE": MPL,
            "a.ts": source(0),
            "ee/LICENSE": MPL,
            "ee/deep/b.ts": source(15),
            "free/LICENSE": MIT,
            "free/c.ts": source(30),
            "eel/d.ts": source(45, 15),
        },
    )
    counts, corpus = run(tmp_path, [a])
    assert paths(corpus) == ["a.ts", "eel/d.ts", "free/c.ts"]  # the root's licence is the list's business
    assert counts["dropped"]["folder's licence"] == 1
