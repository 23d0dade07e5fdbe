"""The paper's tables: equal cost, runs made once, differences paired by seed and cluster, strided inference."""

import json
import math
import sys
from dataclasses import replace

import pytest
import torch
from byteline_model.bits import bits_of, strided, windows
from byteline_model.config import Config
from byteline_model.controls import TransformerConfig
from byteline_model.corpus.pack import Corpus, Packer
from byteline_model.flops import flops_per_byte
from byteline_model.network import Megabyte
from byteline_model.paper import __main__ as command
from byteline_model.paper import cost as cost_module
from byteline_model.paper import places, settings
from byteline_model.paper import runs as paper_runs
from byteline_model.paper.runs import cluster, held_out, read
from byteline_model.paper.settings import TABLES, Table, by_row
from byteline_model.paper.tables import runs
from byteline_model.presets import PRESETS, build
from byteline_model.sequence import plain

cost = lambda c: sum(flops_per_byte(c).values())


@pytest.mark.parametrize("name", TABLES)
def test_networks_of_a_data_set_cost_what_its_megabyte_does_within_a_tenth(name):
    t = TABLES[name]
    for networks in t.rows.values():
        for dataset, network in networks.items():
            assert cost(network) == pytest.approx(cost(settings.BASE[dataset]["megabyte"]), rel=0.1)
    assert t.base in t.rows and set(t.paper) <= set(t.rows) and set(t.columns) <= set(t.datasets)


def test_networks_of_a_data_set_have_the_same_layers():
    for group in (settings.BASE, settings.ABLATIONS, {"prose": settings.SUBWORDS | settings.BEYOND}):
        for networks in group.values():
            for c in networks.values():
                assert {name: getattr(c, name) for name in settings.LAYERS} == settings.LAYERS


def test_a_picture_is_one_context_of_megabyte_and_whole_contexts_of_the_others():
    for side in (16, 32, 64):
        for c in settings.BASE[f"pictures-{side}"].values():
            assert 3 * side * side % c.context == 0
            assert not isinstance(c, Config) or c.context == 3 * side * side


PAPER = Config(d_global=4, n_global=2, heads_global=2, d_local=16, n_local=2, heads_local=2, context=64)


def shaken(config: Config) -> Megabyte:
    torch.manual_seed(3)
    model = build(config)
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.3) if p.ndim > 1 else None
    return model.eval()


def test_strided_inference_takes_the_first_half_of_each_patch_from_one_of_two_passes():
    model = shaken(replace(PAPER, rope=True))
    x = torch.randint(0, 249, (2, 48))
    with torch.no_grad():
        out, whole = strided(model, x), model(x)
        late = model(torch.nn.functional.pad(x[:, 4:], (0, 4)))
        for t in range(48):
            want = whole[:, t] if t % 8 < 4 else late[:, t - 4]
            assert (out[:, t] - want).abs().max() < 1e-5


def test_strided_inference_sees_no_byte_at_or_after_a_position():
    model, x = shaken(replace(PAPER, rope=True)), torch.randint(0, 249, (1, 48))
    with torch.no_grad():
        base = strided(model, x)
        for j in range(8, 32):
            y = x.clone()
            y[0, j] ^= 0x55
            moved = (strided(model, y) - base).abs().amax(-1)[0]
            assert moved[: j + 1].max() == 0 and moved[j + 1 :].max() > 0


def test_windows_that_do_not_slide_score_each_byte_once_end_to_end():
    text, head = bytes(range(65, 91)) * 10, len(plain(b"a", 8))
    scored = [sequence[first:] for sequence, first in windows(text, b"a", 8, 64, sliding=False)]
    assert b"".join(scored) == text and all(len(s) == (64 - head) // 16 * 16 for s in scored[:-1])


def test_bits_by_strided_inference_are_those_of_its_logits():
    model, text = shaken(replace(PAPER, rope=True)), b"const a = 1; // x"
    head = plain(b"a", 8)
    x = torch.tensor([list(head + text + bytes(-len(head + text) % 8))])
    logps = strided(model, x)[0].log_softmax(-1)
    want = -sum(logps[i, x[0, i]].item() for i in range(len(head), len(head + text))) / math.log(2)
    assert bits_of(model, text, b"a", stride=True) == pytest.approx(want, rel=1e-4)


def pack(folder) -> None:
    for split in ("train", "valid"):
        packer = Packer(folder, split)
        for i in range(24):
            text = "".join(f"Sentence {j} of chapter {i} in the {split} part.\n" for j in range(30))
            packer.add(i % 3, f"{split}/{i}.txt", "prose", text.encode())
        packer.close([{"name": n, "commit": None, "licence": "MIT"} for n in "abc"])


def test_what_is_held_out_is_shared_among_clusters(tmp_path):
    pack(tmp_path)
    corpus = Corpus(tmp_path, "valid")
    chosen = held_out(corpus, 6000)
    size = {name: sum(len(t) for n, _, t in chosen if n == name) for name in "abc"}
    assert all(2000 <= n < 2000 + len(corpus.text(0)) + 200 for n in size.values())
    corpus.modality = {"kind": "sound", "rate": 8000}  # then files are what is independent
    assert cluster(corpus, 4) == corpus.path(4)


@pytest.fixture
def small(tmp_path, monkeypatch):
    """One table of two networks, with all that a command needs."""
    tiny = replace(PRESETS["tiny"], context=256, match_orders=(), hash_orders=())
    of_prose = {"megabyte": tiny, "transformer": TransformerConfig(width=16, layers=1, heads=2, context=128)}
    rows = by_row(("prose",), {"prose": of_prose})
    t = Table("Prose", ("prose",), rows, (0.02, 0.04), {"megabyte": {"prose": 1.0}}, {"prose": "PG-19"})
    inference = Table(
        "Inference",
        ("prose",),
        by_row(("prose",), {"prose": dict.fromkeys(settings.INFERENCE, tiny)}),
        (0.04,),
        base="basic",
    )
    monkeypatch.setitem(settings.BASE, "prose", of_prose)
    monkeypatch.setitem(TABLES, "7", t)
    monkeypatch.setitem(TABLES, "11", inference)
    monkeypatch.setattr(paper_runs, "JUDGED", 3000)
    for name in list(settings.TRIED):
        monkeypatch.delitem(settings.TRIED, name)
    monkeypatch.setitem(settings.TRIED, "prose", {0.02: (1, 2)})
    monkeypatch.setattr(paper_runs, "step_bytes", lambda _: 1024)
    pack(tmp_path / "data" / "prose")
    return tmp_path


def run(folder, *arguments) -> None:
    sys.argv = ["paper", *arguments, "--data", str(folder / "data"), "--out", str(folder / "out")]
    sys.argv += ["--results", str(folder / "r.jsonl")]
    command.main()


def test_a_table_is_made_once_goes_on_from_smaller_budgets_and_pairs_seeds_and_clusters(small, capsys, monkeypatch):
    run(small, "7", "--seeds", "1,2")
    found = read(small / "r.jsonl")
    assert len(found) == 2 * 2 * 2
    text = capsys.readouterr().out
    of = lambda row, seed, megabytes: next(
        r for r in found.values() if (r["row"], r["seed"], r["megabytes"]) == (row, seed, megabytes)
    )
    per_byte = lambda r: sum(bits / size for bits, size in r["bits"].values()) / len(r["bits"])
    mean = lambda row: (per_byte(of(row, 1, 0.04)) + per_byte(of(row, 2, 0.04))) / 2
    cells = {
        c[3]: c[4:]
        for line in text.splitlines()
        if len(c := [x.strip() for x in line.split("|")]) == 9 and c[2] == "0.04"
    }
    assert cells["megabyte"][3] == "PG-19 1.000" and cells["megabyte"][0].startswith(f"{mean('megabyte'):.3f} (")
    assert cells["transformer"][2].startswith(f"{mean('transformer') - mean('megabyte'):.3f} (")
    assert per_byte(of("megabyte", 1, 0.04)) < per_byte(of("megabyte", 1, 0.02))  # more text, fewer bits
    saved = torch.load(
        next(r for r in runs(TABLES["7"], [1]) if r.row == "megabyte").folder(small / "out") / "trunk.pt"
    )
    assert saved["megabytes"] == 0.04 and saved["seen"] > 0.4 * 0.04e6  # the smaller budget's cooldown was undone

    monkeypatch.setattr(command, "perform", lambda *_: pytest.fail("was made before"))
    run(small, "7", "--seeds", "1,2")
    assert capsys.readouterr().out == text


def test_ways_of_inference_score_the_checkpoint_of_megabyte(small, capsys):
    run(small, "11", "--seeds", "1")
    found = {r["row"]: r["bits"] for r in read(small / "r.jsonl").values()}
    assert set(found) == set(settings.INFERENCE) and len({json.dumps(b) for b in found.values()}) == 4
    assert [f.name for f in (small / "out").iterdir()] == [
        next(r for r in runs(TABLES["7"], [1]) if r.row == "megabyte").folder(small / "out").name
    ]


def test_learning_rates_that_were_tried_are_other_runs_and_share_those_of_the_tables(small, capsys):
    run(small, "7", "--seeds", "1")
    run(small, "rates")
    found = read(small / "r.jsonl")
    assert len(found) == 4 + 2  # those of the tables' own rate are there already
    assert {(r["row"], r["rate"]) for r in found.values()} == {
        (n, f) for n in ("megabyte", "transformer") for f in (1, 2)
    }
    by_rate = {r["rate"]: r["bits"] for r in found.values() if (r["row"], r["megabytes"]) == ("megabyte", 0.02)}
    assert by_rate[1] != by_rate[2]
    shown = capsys.readouterr().out.splitlines()
    size = sum(n for _, n in by_rate[1].values())
    assert size and [x.split(" | ")[3] for x in shown if x.startswith("| prose | megabyte | 0.02 |")] == [
        "× 1",
        "× 2",
    ]
    more = [(by_rate[2][c][0] - by_rate[1][c][0]) / n for c, (_, n) in by_rate[1].items()]
    line = next(x for x in shown if x.startswith("| prose | megabyte | 0.02 | × 2"))
    assert line.split(" | ")[-1].startswith(f"{sum(more) / len(more):.3f} (")


def test_a_budget_and_a_base_may_be_chosen(small, capsys):
    run(small, "7", "--seeds", "1", "--megabytes", "0.02", "--base", "transformer")
    assert {r["megabytes"] for r in read(small / "r.jsonl").values()} == {0.02}
    text = capsys.readouterr().out
    assert "more than transformer" in text and "| 0.02 | transformer |" in text and "0.04" not in text


def test_bits_by_place_in_the_patch_are_those_of_the_tables(small, capsys, monkeypatch):
    run(small, "7", "--seeds", "1")
    run(small, "11", "--seeds", "1")
    monkeypatch.setattr(places, "JUDGED", paper_runs.JUDGED)
    documents = held_out(Corpus(small / "data" / "prose", "valid"), paper_runs.JUDGED)
    ((row, file),) = places.checkpoints("prose", small / "out")  # a Transformer has no patches
    bits, clusters = places.by_place(paper_runs.load(file), documents, False)
    of = {r["row"]: r["bits"] for r in read(small / "r.jsonl").values()}
    assert row == "megabyte" and len(bits) == 8
    for name, (total, size) in of["sliding-window"].items():
        assert clusters[name] == (pytest.approx(total, rel=1e-4), size)
    more = sum((of["sliding-and-strided"][c][0] - b) / n for c, (b, n) in of["sliding-window"].items()) / len(clusters)
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["places", "--data", str(small / "data"), "--out", str(small / "out")])
    places.main()
    _, _, line, *_ = capsys.readouterr().out.splitlines()
    cells = [x.strip() for x in line.split("|")]
    assert cells[1:3] == ["megabyte", "0.041"] and cells[3] == " ".join(f"{x:.2f}" for x in bits.tolist())
    assert float(cells[4].split()[0]) == pytest.approx(more, abs=2e-3)
    monkeypatch.setattr(sys, "argv", ["places", "--data", str(small / "data"), "--out", str(small / "none")])
    with pytest.raises(paper_runs.InputError, match="none: no checkpoints of prose"):
        places.main()


def test_a_run_that_is_past_a_budget_is_not_taken_for_it(small):
    run(small, "7", "--seeds", "1", "--only", "megabyte")
    (small / "r.jsonl").unlink()
    with pytest.raises(paper_runs.InputError, match=r"last.pt: has seen 0.04 MB already, more than 0.02"):
        run(small, "7", "--seeds", "1", "--only", "megabyte")


def test_errors_name_the_folder_and_the_row(small, monkeypatch):
    wrong = {"--only": "--only: no row x in table 7", "--base": "--base: no row x", "--megabytes": "x: numbers"}
    for option, said in wrong.items():
        with pytest.raises(paper_runs.InputError, match=said):
            run(small, "7", option, "x")
    with pytest.raises(paper_runs.InputError, match=r"--megabytes: table 7 has no budget of 3"):
        run(small, "7", "--megabytes", "0.02,3")
    (small / "data" / "prose" / "valid.json").unlink()
    with pytest.raises(paper_runs.InputError, match=r"valid.json: not there; bash model/data.sh"):
        run(small, "7")


def test_settings_are_printed_for_every_network_once(capsys):
    sys.argv = ["paper", "settings"]
    command.main()
    rows = [[c.strip() for c in line.split("|")[1:-1]] for line in capsys.readouterr().out.splitlines()[2:] if line]
    assert len({(r[0], r[1]) for r in rows}) == len(rows) == 26
    assert ["sound", "without-local", "D=352, L=2", "–", "8192", "16"] in [r[:6] for r in rows]
    assert ["pictures-64", "perceiver-ar", "D=64, L=2", "–", "1536, 192 latents", "–"] in [r[:6] for r in rows]


def test_figure_3_is_the_cost_of_the_networks_that_are_measured():
    D, L, T = 64, 4, 512
    plain_one, patches = cost_module.networks(D, L, T)
    # flops.py counts the vocabulary, and that a position sees itself: one more than half of all, which is 2 D a layer
    vocabulary, projected = 2 * 256 * D, 2 * patches.d_global * patches.d_local
    assert cost(plain_one) == pytest.approx(cost_module.transformer(D, L, T) + 2 * D * L + vocabulary)
    itself = 2 * D * 3 / 8 + 2 * D
    assert cost(patches) == pytest.approx(cost_module.megabyte(D, L, T) + itself + vocabulary + projected)
    assert cost_module.megabyte(4096, 32, 65536) < cost_module.linear_transformer(4096, 32)
    assert cost_module.linear_transformer(4096, 32) < cost_module.transformer(4096, 32, 65536)
    assert len(cost_module.measured(32, 4, (64, 128))) == 5  # the head, two rows, an empty line


@pytest.mark.parametrize("name", [*TABLES, "rates"])
def test_the_pages_have_the_figures_of_the_results(name):
    page = "PAPER_SETTINGS.md" if name == "rates" else "PAPER.md"
    written = (command.RESULTS.parents[1] / page).read_text().splitlines()
    shown = [line for line in command.show(name, command.RESULTS, [1, 2]).splitlines() if line.startswith("| ")]
    figures = [line for line in shown if not line.startswith(("| data set", "| ---"))]
    assert figures and not set(figures) - set(written)


def test_the_page_of_settings_has_every_network():
    written = (command.RESULTS.parents[1] / "PAPER_SETTINGS.md").read_text()
    assert "\n".join(command.settings()) in written
