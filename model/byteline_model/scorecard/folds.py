"""Every third repository calibrates the confidence; the other two thirds are scored."""


def calibration(names) -> list[str]:
    """The repositories that a model's confidence is fitted on."""
    return sorted(names)[::3]


def scoring(names) -> list[str]:
    """The repositories that no model's confidence was fitted on."""
    return [name for i, name in enumerate(sorted(names)) if i % 3]


FOLDS = {"score": scoring, "calibrate": calibration, "all": sorted}
