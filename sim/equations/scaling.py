"""Compute, parameters and data become loss, effective compute and capability.

Every function works elementwise on floats or arrays of any shapes that broadcast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.units import FLOP, OOM, Array, Elasticity, Flag, Loss, Parameters, Ratio, Share, Tokens

REPETITION_DECAY = 15.4  # epochs; R_D* of Muennighoff et al. 2023, section 6 (15.387756)
BEND = 1.0  # OOM over which the slope of `broken` changes
_LEAST = 1e-30  # keeps 0/0 away; far below anything that happens


@dataclass(frozen=True)
class ScalingLaw:
    """Loss = E + A / parameters^alpha + B / tokens^beta (Hoffmann et al. 2022, approach 3)."""

    E: float
    A: float
    B: float
    alpha: float
    beta: float

    @property
    def exponent(self) -> float:
        """How fast the best reachable loss falls with compute: loss = scale * flop^-exponent."""
        return self.alpha * self.beta / (self.alpha + self.beta)

    @property
    def balance(self) -> float:
        """G of Hoffmann et al. 2022, equation 4: optimal parameters = G (flop/6)^(b/(a+b))."""
        ratio = self.alpha * self.A / (self.beta * self.B)
        return ratio ** (1.0 / (self.alpha + self.beta))

    @property
    def scale(self) -> float:
        """Best reachable reducible loss of a run of one FLOP."""
        terms = self.A * self.balance**-self.alpha + self.B * self.balance**self.beta
        return terms * 6.0**self.exponent


# hoffmann2022 uses the exponents of the paper's TeX source. The printed ones (.34, .28) are
# rounded so coarsely that they ask for 93 instead of 59 tokens a parameter (Besiroglu et al. 2024).
LAWS: dict[str, ScalingLaw] = {
    "besiroglu2024": ScalingLaw(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658),
    "hoffmann2022": ScalingLaw(E=1.6934, A=406.4, B=410.7, alpha=0.3392, beta=0.2849),
}


def scaling_law(law: str | ScalingLaw) -> ScalingLaw:
    """The law of that name; a ScalingLaw is its own answer. ValueError if the name is unknown."""
    if isinstance(law, ScalingLaw):
        return law
    if law not in LAWS:
        raise ValueError(f"no scaling law is called {law!r}. Known: {', '.join(LAWS)}")
    return LAWS[law]


def loss(parameters: Parameters, tokens: Tokens, law: str | ScalingLaw = "besiroglu2024") -> Loss:
    """Reducible loss of a model: what is left above the floor E. No model, infinite loss."""
    law = scaling_law(law)
    with np.errstate(divide="ignore"):
        too_small = law.A * np.power(parameters, -law.alpha)
        too_short = law.B * np.power(tokens, -law.beta)
    return too_small + too_short


def optimal_allocation(
    flop: FLOP, law: str | ScalingLaw = "besiroglu2024"
) -> tuple[Parameters, Tokens]:
    """Parameters and tokens of least loss at flop = 6 parameters tokens (Hoffmann et al. 2022)."""
    law = scaling_law(law)
    product = np.divide(flop, 6.0)
    share_of_size = law.beta / (law.alpha + law.beta)
    parameters = law.balance * np.power(product, share_of_size)
    tokens = np.power(product, 1.0 - share_of_size) / law.balance
    return parameters, tokens


def effective_flop(
    parameters: Parameters, tokens: Tokens, law: str | ScalingLaw = "besiroglu2024"
) -> FLOP:
    """The compute-optimal budget that reaches the same loss: what a run is worth. Never above 6ND.

    A run short of data, or overtrained to serve cheaply, counts for less than it used.
    """
    law = scaling_law(law)
    with np.errstate(divide="ignore"):
        return np.power(loss(parameters, tokens, law) / law.scale, -1.0 / law.exponent)


def effective_tokens(unique: Tokens, seen: Tokens, decay: Ratio = REPETITION_DECAY) -> Tokens:
    """Fresh tokens worth as much as `seen` tokens out of `unique` ones (Muennighoff et al. 2023).

    Equal to `seen` until the first epoch ends; never above unique * (1 + decay).
    """
    once = np.minimum(unique, seen)
    worth = decay * once
    return once - worth * np.expm1((once - seen) / np.maximum(worth, _LEAST))


def serving_aware_allocation(
    loss: Loss, tokens_served: Tokens, law: str | ScalingLaw = "besiroglu2024"
) -> tuple[Parameters, Tokens]:
    """Least training plus serving FLOP, 6ND + 2NQ, that reaches a reducible loss.

    Sardana et al. 2024: alpha A N^-alpha = (1 + Q/(3D)) beta B D^-beta. With v = B D^-beta / loss
    this reads (1 + beta/alpha) v + (beta/alpha) q v^(1 + 1/beta) = 1, where q = Q/3 over the
    tokens that would do with endless parameters. The log of the left side is convex in log v with
    a slope between 1 and 1 + 1/beta, so Newton's steps from above fall to the root and never pass.
    Nothing served gives the compute-optimal model; an infinite loss needs no model.
    """
    law = scaling_law(law)
    power = 1.0 + 1.0 / law.beta
    with np.errstate(divide="ignore"):
        log_loss = np.minimum(np.log(loss), 1e4)  # so that an infinite loss gives 0, not nan
        log_served = np.log(np.divide(tokens_served, 3.0))
    log_least_tokens = (np.log(law.B) - log_loss) / law.beta
    train = np.log1p(law.beta / law.alpha)
    serve = np.log(law.beta / law.alpha) + log_served - log_least_tokens
    v = np.minimum(-train, -serve / power)  # log of v: where either term alone reaches one
    for _ in range(5):
        of_training = np.exp(train + v)
        of_serving = np.exp(serve + power * v)
        both = of_training + of_serving
        v = v - np.log(both) * both / (of_training + power * of_serving)
    tokens = np.exp(log_least_tokens - v / law.beta)
    parameters = np.exp((np.log(law.A) - log_loss - np.log(-np.expm1(v))) / law.alpha)
    return parameters, tokens


def training_allocation(
    flop: FLOP,
    unique: Tokens,
    tokens_served: Tokens,
    law: str | ScalingLaw = "besiroglu2024",
    decay: Ratio = REPETITION_DECAY,
    most: Ratio = np.inf,
) -> tuple[Parameters, Tokens]:
    """Split flop = 6ND when tokens repeat beyond `unique` ones and the model will serve Q tokens.

    At most `most` times the compute-optimal tokens: a model is sold for what it can do, so nobody
    gives up more of that to serve it for less.

    Least 6ND + 2NQ for the loss reached: alpha A N^-alpha D_eff^(1+beta) = beta B s (D + Q/3),
    where D_eff = effective_tokens(unique, D) and s = dD_eff/dD = exp(-(epochs - 1)/decay).
    The log of left over right rises in D and is nearly concave in it, so a few Newton steps from
    a start close by are enough. Returns parameters and tokens seen; below one FLOP nothing is
    trained, (0, 0); fewer than one unique token counts as one.
    """
    law = scaling_law(law)
    a, b = law.alpha, law.beta
    unique = np.maximum(unique, 1.0)
    target = a * np.log(np.maximum(flop, 1.0) / 6.0) - (a + b) * np.log(law.balance)
    served = np.divide(tokens_served, 3.0)

    # A start close by: the optimum if nothing is served or repeats, then more tokens for serving
    # (right in both limits), then fewer because they repeat.
    tokens = np.exp(target / (a + b))
    ratio = served / tokens
    more = np.log(1.0 + ratio * (ratio + 2.0 + 2.0 / (a + b))) / (2.0 + 2.0 * (a + b))
    tokens = tokens * np.exp(more)
    once = np.minimum(tokens, unique)
    tokens = once * (1.0 + decay * np.log(1.0 + (tokens / once - 1.0) / decay))
    tired_at = unique * decay
    for _ in range(3):
        pace = tokens / tired_at
        log_fresh = np.minimum(1.0 / decay - pace, 0.0)
        fresh = np.exp(log_fresh)
        worth = np.minimum(tokens, unique * (1.0 + decay - decay * fresh))
        both = tokens + served
        gap = a * np.log(tokens) + (1 + b) * np.log(worth) - log_fresh - np.log(both) - target
        slope = a + tokens * ((1 + b) * fresh / worth - 1.0 / both) + pace * (log_fresh < 0.0)
        tokens = tokens * (1.0 - gap / slope)
    tokens = np.minimum(tokens, most * np.exp(target / (a + b)))
    tokens = tokens * np.greater_equal(flop, 1.0)
    return np.divide(flop, 6.0 * np.maximum(tokens, 1.0)), tokens


# --- Regimes: what an order of magnitude of effective compute is worth beyond an onset -----------


def power_law(theta: OOM, onset: OOM, late_slope: Ratio) -> OOM:
    """Every order of magnitude counts in full, for ever (Kaplan et al. 2020)."""
    return theta


def plateau(theta: OOM, onset: OOM, late_slope: Ratio) -> OOM:
    """Beyond the onset an order of magnitude counts only `late_slope`."""
    return np.minimum(theta, onset) + late_slope * np.maximum(np.subtract(theta, onset), 0.0)


def broken(theta: OOM, onset: OOM, late_slope: Ratio) -> OOM:
    """Smoothly broken power law: the slope glides from 1 to `late_slope` around the onset.

    The idea of Caballero et al. 2022, with a quadratic bend in place of their infinite tails, so
    that it is the power law exactly before onset - BEND/2 and the plateau from onset + BEND/2 on.
    """
    past = np.subtract(theta, onset) + BEND / 2.0
    bending = np.clip(past, 0.0, BEND)
    lost = bending * bending / (2.0 * BEND) + np.maximum(past - BEND, 0.0)
    return theta - (1.0 - late_slope) * lost


REGIMES = {"power_law": power_law, "plateau": plateau, "broken": broken}


# --- Other sources of capability -----------------------------------------------------------------


def saturating(gain: OOM, limit: OOM) -> OOM:
    """A gain that starts one for one and approaches a limit: limit (1 - exp(-gain/limit))."""
    return -limit * np.expm1(-gain / np.maximum(limit, _LEAST))


def test_time_gain(multiple: Ratio, slope: Ratio, limit: OOM) -> OOM:
    """Capability from thinking `multiple` times as long: slope an OOM of tokens, up to a limit.

    Jones 2021 and Snell et al. 2024 measure 0.5 to 1 OOM of training for an OOM of inference.
    Zero at a multiple of one (or less).
    """
    return saturating(slope * np.log10(np.maximum(multiple, 1.0)), limit)


def post_training_gain(spend_ratio: Ratio, slope: Ratio, limit: OOM) -> OOM:
    """Capability from reinforcement and tuning: log-linear in spending, slowing to a limit.

    `spend_ratio` is cumulated post-training compute over a starting amount; none gives no gain.
    """
    return saturating(slope * np.log10(np.add(spend_ratio, 1.0)), limit)


def algorithmic_progress(
    level: OOM, effort: Ratio, speed: OOM, effort_elasticity: Elasticity, fishing_out: Ratio
) -> OOM:
    """OOM of algorithms found in a quarter, semi-endogenous (Jones 1995; Bloom et al. 2020).

    `speed` is the progress of a quarter at an effort of one and level zero; ideas get harder to
    find by 10^(-fishing_out) an OOM already found.
    """
    fished_out = np.power(10.0, np.multiply(-fishing_out, level))
    return speed * np.power(effort, effort_elasticity) * fished_out


def algorithmic_gain(progress: OOM, fishing_out: Ratio) -> OOM:
    """OOM found in a period whose `progress` is that of its start: ideas get harder on the way.

    The exact solution of dA/dt = k 10^(-f A) over the period: ln(1 + f ln 10 k) / (f ln 10).
    """
    harder = np.multiply(fishing_out, np.log(10.0))
    return np.log1p(harder * progress) / harder


def synthetic_weight(quality: Share, share: Share, replaces: Flag | Array) -> Share:
    """Human tokens that one synthetic token is worth, in a mix with that synthetic `share`.

    After n = 1/(1 - share) equal generations the error of a regression is n times as large where
    new data replaces old (Shumailov et al. 2024; Dohmatob et al. 2024) and at most pi^2/6 times
    where it accumulates (Gerstgrasser et al. 2024; Dey and Donoho 2024). Data needed goes with
    error.
    """
    replaced = np.subtract(1.0, share)
    accumulated = 1.0 / (1.0 + (np.pi**2 / 6.0 - 1.0) * np.asarray(share))
    return quality * np.where(replaces, replaced, accumulated)
