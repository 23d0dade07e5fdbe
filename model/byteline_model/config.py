"""Sizes and switches of MEGABYTE (network.py): the one configuration that training, export and the graphs read."""

from dataclasses import dataclass

VOCAB = 256  # V: byte values; bytes that UTF-8 never has are the sentinels of sequence.py
PILOTS = ("global_to_layers", "value_embeddings", "hash_to_layers")
VARIATIONS = ("cross_patch", "conv_encoder", "without_local", "without_global")  # the paper's


@dataclass(frozen=True)
class Config:
    """Sizes and switches. The defaults are the paper's equations to the letter; `byteline` turns the switches on."""

    patch: int = 8
    d_global: int = 32  # D_G, per byte
    n_global: int = 6
    heads_global: int = 4
    d_local: int = 128  # D_L
    n_local: int = 3
    heads_local: int = 2
    context: int = 4096  # longest T, a multiple of patch (and of window)
    previous_byte: bool = False  # the real byte x_{t-1} at p = 0 in place of the local pad
    window: int = 0  # W: local attention over the last W bytes across patches; 0 = inside the patch
    hash_orders: tuple[int, ...] = ()  # n-gram embeddings (BLT, arXiv 2412.09871) of the n bytes up to t
    hash_rows: int = 0
    match_orders: tuple[int, ...] = ()  # embeddings of the bytes that followed when the n bytes up to t were last seen
    match_depth: int = 1  # the last so many times
    n_encoder: int = 0  # local layers before patching (SpaceByte, arXiv 2404.14408; BLT)
    qk_norm: bool = False
    rope: bool = False  # rotary positions (arXiv 2104.09864) in place of learned ones
    relu2: bool = False  # squared ReLU (arXiv 2109.08668) in place of GELU
    zero_init: bool = False  # output projections start at zero
    # the paper's variations, which the graphs do not know
    cross_patch: int = 0  # r: without a window, local attention sees the last r of the patch before, too (2.3.2)
    conv_encoder: bool = False  # causal convolutions of 3, 5 and 7 bytes before patching (section 2.3.1)
    without_local: bool = False  # the bytes of a patch know nothing of one another (section 2.4, Table 10)
    without_global: bool = False  # the local model alone: its patch, and what cross_patch adds (Table 10)
    # those that pilots.py tries; the cached path does not know them, either
    global_to_layers: bool = False  # every local layer sees the patch's whole global output (BLT, arXiv 2412.09871)
    value_embeddings: bool = False  # a table of values for each local layer (modded-nanogpt, after arXiv 2410.17897)
    hash_to_layers: bool = False  # n-grams and matches are added at every local layer (modded-nanogpt's bigram hash)

    def __post_init__(self):
        if self.context % self.patch or (self.window and (self.context % self.window or self.window % self.patch)):
            raise ValueError("Config: patch must divide window, and window must divide context")
        if self.n_encoder and not self.window:
            raise ValueError("Config: an encoder needs a window")
        if self.cross_patch and (self.window or self.cross_patch > self.patch):
            raise ValueError("Config: cross_patch is at most a patch, and not for a window")
        if self.cross_patch and not self.rope:
            raise ValueError("Config: cross_patch needs rope (section 2.3.2)")
        if (self.without_local and self.n_local) or (self.without_global and self.n_global):
            raise ValueError("Config: without_local and without_global want no layers of what is left out")
        if self.hash_to_layers and not self.hash_orders + self.match_orders:
            raise ValueError("Config: hash_to_layers needs hash_orders or match_orders")

    @property
    def training_alone(self) -> list[str]:
        """Names of the switches that are on and that the graphs do not know."""
        return [name for name in PILOTS + VARIATIONS if getattr(self, name)]

    @property
    def reach(self) -> int:
        """Bytes up to and with a position that its n-grams and matches look at."""
        return max(self.hash_orders + self.match_orders, default=1)
