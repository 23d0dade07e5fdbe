"""Learning rates, Muon and the average of the weights."""

import pytest
import torch
from byteline_model.muon import Muon, orthogonalise
from byteline_model.recipe import Average, Recipe


def test_the_average_is_a_plain_mean_at_first_and_forgets_later_and_survives_a_checkpoint():
    model = torch.nn.Linear(1, 1, bias=False)

    def at(average: Average, value: float) -> float:
        torch.nn.init.constant_(model.weight, value)
        average.update(5)
        return average.weights["weight"].item()

    average = Average(model, 150)
    assert [at(average, x) for x in (1.0, 2.0, 6.0)] == pytest.approx([1, 1.5, 3])
    average.update(6)  # no fifth step
    with average.judged() as judged:
        assert judged.weight.item() == pytest.approx(3) and not judged.training
    assert model.weight.item() == 6 and model.training
    again = Average(model, 150)
    again.load(average.state())
    for _ in range(200):
        at(again, 0.0)
    ages = [at(again, float(i)) for i in range(400)]
    assert 399 - ages[-1] == pytest.approx(14, abs=0.5)  # updates: 75 steps, the mean age in a plain average over 150


def test_muons_decay_is_cautious():
    p = torch.nn.Parameter(torch.tensor([[3.0, -3.0], [3.0, 3.0]]))
    plain, decayed = (Muon([torch.nn.Parameter(p.detach().clone())], lr=0.1, decay=decay) for decay in (0, 0.5))
    for o in (plain, decayed):
        o.param_groups[0]["params"][0].grad = torch.tensor([[1.0, 1.0], [2.0, -1.0]])
        o.step()
    a, b = (o.param_groups[0]["params"][0].detach().clone() for o in (plain, decayed))
    old = plain.state_dict()
    del old["param_groups"][0]["decay"]
    plain.load_state_dict(old)
    plain.step()  # a checkpoint from before there was a decay
    shrinks = (p - a) * p > 0
    assert shrinks.any() and not shrinks.all()
    assert torch.allclose(b, torch.where(shrinks, a - 0.05 * p, a))


def test_schedule_is_flat_then_falls_to_the_floor():
    r = Recipe()
    assert r.factor(0.4, 1000) == 1 and 0.3 < r.factor(0.8, 1000) < 0.6 and r.factor(1.0, 1000) == r.floor
    assert r.factor(0.1, 0) < 0.1


def test_orthogonalise():
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(2, 48, 96)))
    assert values.min() > 0.5 and values.max() < 1.5
