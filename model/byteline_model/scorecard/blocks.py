"""Blocks of several lines, from where the editor indents the first one."""

from dataclasses import dataclass

from .documents import Document
from .metrics import right_indentation, same_line, similarity
from .places import blocks, line_start, rng_for
from .plan import Plan
from .predictor import Predictor


@dataclass
class Block:
    first: bool  # exact match of the first line
    similarity: float
    indentation: float  # share of the true lines whose indentation is right
    ms: float


def measure_blocks(p: Predictor, d: Document, plan: Plan) -> list[Block]:
    out = []
    for a, b in blocks(d.text, plan.blocks, plan.block_bytes, rng_for(plan, d.number, "blocks")):
        made = p.complete(d.path.encode(), d.text, a, b, True, plan.block_bytes)
        true, before = d.text[a:b], d.text[line_start(d.text, a) : a]
        out.append(
            Block(
                same_line(made.text, true),
                similarity(made.text, true),
                right_indentation(made.text, true, before),
                made.ms,
            )
        )
    return out
