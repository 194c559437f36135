"""Scaling laws: compute, parameters and data become loss and effective compute.

Every function works elementwise on floats or arrays of any shapes that broadcast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.units import FLOP, OOM, Loss, Parameters, Ratio, Tokens

REPETITION_DECAY = 15.4  # epochs; R_D* of Muennighoff et al. 2023, section 6 (15.387756)
EXCESS_DECAY = 5.31  # R_N* of the same (5.309743)
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
        return float(ratio ** (1.0 / (self.alpha + self.beta)))

    @property
    def scale(self) -> float:
        """Best reachable reducible loss of a run of one FLOP."""
        terms = self.A * self.balance**-self.alpha + self.B * self.balance**self.beta
        return float(terms * 6.0**self.exponent)


# hoffmann2022 uses the exponents of the paper's TeX source. The printed ones (.34, .28) are
# rounded so coarsely that they ask for 93 instead of 59 tokens a parameter (Besiroglu et al. 2024).
LAWS: dict[str, ScalingLaw] = {
    "besiroglu2024": ScalingLaw(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658),
    "hoffmann2022": ScalingLaw(E=1.6934, A=406.4, B=410.7, alpha=0.3392, beta=0.2849),
}


def scaling_law(law: str | ScalingLaw) -> ScalingLaw:
    """The law of that name; a ScalingLaw is its own answer. ValueError if the name is unknown.

    Of Hoffmann et al. 2022 or Besiroglu et al. 2024.
    """
    if isinstance(law, ScalingLaw):
        return law
    if law not in LAWS:
        raise ValueError(f"no scaling law is called {law!r}. Known: {', '.join(LAWS)}")
    return LAWS[law]


def loss(parameters: Parameters, tokens: Tokens, law: str | ScalingLaw = "besiroglu2024") -> Loss:
    """Reducible loss of a model: what is left above the floor E. No model, infinite loss.

    Hoffmann et al. 2022, equation 2.
    """
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


def flop_of_loss(loss: Loss, law: str | ScalingLaw = "besiroglu2024") -> FLOP:
    """The compute-optimal budget that reaches a reducible loss: what a run is worth, at most 6ND.

    A run short of data, or overtrained to serve cheaply, counts for less than it used.
    Inverts the frontier of Hoffmann et al. 2022.
    """
    law = scaling_law(law)
    with np.errstate(divide="ignore"):
        return np.power(loss / law.scale, -1.0 / law.exponent)


def effective_tokens(unique: Tokens, seen: Tokens, decay: Ratio = REPETITION_DECAY) -> Tokens:
    """Fresh tokens worth as much as `seen` tokens out of `unique` ones (Muennighoff et al. 2023).

    Equal to `seen` until the first epoch ends; never above unique * (1 + decay).
    """
    once = np.minimum(unique, seen)
    worth = decay * once
    return once - worth * np.expm1((once - seen) / np.maximum(worth, _LEAST))


def fitting_parameters(unique: Tokens, law: str | ScalingLaw = "besiroglu2024") -> Parameters:
    """Parameters that read so many unique tokens once at least loss (Muennighoff et al. 2023)."""
    law = scaling_law(law)
    return law.balance * np.power(np.maximum(unique, 1.0) * law.balance, law.beta / law.alpha)


def effective_parameters(
    parameters: Parameters, fitting: Parameters, decay: Ratio = EXCESS_DECAY
) -> Parameters:
    """Parameters as they count when there are more than the data ask for (Muennighoff et al. 2023).

    The same form as for repeated tokens: equal up to `fitting`, never above it (1 + decay) times.
    """
    return effective_tokens(fitting, parameters, decay)


@dataclass(frozen=True)
class Counted:
    """A run as it counts: tokens that repeat and parameters beyond what the data ask for, for less.

    Muennighoff et al. 2023, both halves.
    """

    law: ScalingLaw
    fresh: Ratio  # dln tokens as they count / dln tokens seen
    fits: Ratio  # dln parameters as they count / dln parameters
    small: Loss  # what the size leaves of the loss
    short: Loss  # what the text leaves of it

    @property
    def loss(self) -> Loss:
        """Reducible loss (Hoffmann et al. 2022, equation 2)."""
        return self.small + self.short


def counted(
    parameters: Parameters,
    unique: Tokens,
    seen: Tokens,
    law: str | ScalingLaw = "besiroglu2024",
    decay: Ratio = REPETITION_DECAY,
    excess: Ratio = EXCESS_DECAY,
) -> Counted:
    """What a run of a size counts for that saw so many tokens out of `unique` ones.

    Muennighoff et al. 2023.
    """
    law = scaling_law(law)
    fitting = fitting_parameters(unique, law)
    useful = effective_tokens(unique, seen, decay)
    size = effective_parameters(parameters, fitting, excess)
    return Counted(
        law=law,
        fresh=_marginal(unique, seen, useful, decay),
        fits=_marginal(fitting, parameters, size, excess),
        small=loss(size, np.inf, law),
        short=loss(np.inf, useful, law),
    )


def _marginal(enough: Tokens, there: Tokens, counts: Tokens, decay: Ratio) -> Ratio:
    """dln counts / dln there, 1 up to what is enough."""
    over = np.maximum(there / enough - 1.0, 0.0)
    return np.where(over > 0.0, there / counts * np.exp(-over / decay), 1.0)


def data_elasticity(run: Counted) -> OOM:
    """OOM of effective compute that e times the unique tokens would add to a run: 0 in one epoch.

    The loss falls by b B D^-b for tokens that repeat less, dln D_eff / dln U = 1 less dln D_eff /
    dln D, and by a A N^-a for parameters that fit better; 1/(g ln 10) OOM for e times the loss
    (Muennighoff et al. 2023). More text lets a b/a-th as many more parameters fit.
    """
    law = run.law
    gain = law.beta * run.short * np.maximum(1.0 - run.fresh, 0.0)
    gain = gain + law.beta * run.small * np.maximum(1.0 - run.fits, 0.0)  # alpha (beta / alpha)
    return gain / (run.loss * law.exponent * np.log(10.0))


def return_to_compute(run: Counted) -> Ratio:
    """OOM of effective compute that an OOM of compute still adds: 1 unless data repeat.

    The gain of growing size and tokens in the law's own proportion (Hoffmann et al. 2022), which is
    the part of the loss that still falls: (n A N^-a + e B D^-b) / (A N^-a + B D^-b) of effective N
    and D, with e = dln D_eff / dln D and n likewise, below one where tokens repeat and parameters
    exceed what the data ask for (Muennighoff et al. 2023).
    """
    return np.minimum((run.small * run.fits + run.short * run.fresh) / run.loss, 1.0)


def return_to_tokens(run: Counted) -> Ratio:
    """OOM of effective compute that an OOM more of tokens adds at one size of model, at most 1.

    What compute is worth to who chose the size to serve cheaply: the gain of a larger one goes into
    serving it (the envelope theorem). b times the data's part of the loss over the frontier's
    exponent: 1 at the compute-optimal size (Hoffmann et al. 2022), else less.
    """
    falls = run.law.beta * run.short * run.fresh
    return np.minimum(falls / (run.loss * run.law.exponent), 1.0)


def training_allocation(
    flop: FLOP,
    unique: Tokens,
    tokens_served: Tokens,
    law: str | ScalingLaw = "besiroglu2024",
    decay: Ratio = REPETITION_DECAY,
    excess: Ratio = EXCESS_DECAY,
) -> tuple[Parameters, Tokens]:
    """Split flop = 6ND when tokens repeat beyond `unique` ones and the model will serve Q tokens.

    Parameters beyond those that fit the data decay as `effective_parameters` says, with `excess`.

    Least 6ND + 2NQ for the loss reached: alpha A N^-alpha D_eff^(1+beta) = beta B s (D + Q/3),
    where D_eff = effective_tokens(unique, D) and s = dD_eff/dD = exp(-(epochs - 1)/decay).
    The log of left over right rises in D and is nearly concave in it, so a few Newton steps from
    a start close by are enough. Returns parameters and tokens seen; below one FLOP nothing is
    trained, (0, 0); fewer than one unique token counts as one.
    Sardana et al. 2024, with repetition by Muennighoff et al. 2023.
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
    fitting = fitting_parameters(unique, law)
    beyond = flop / (6.0 * unique * fitting)  # where both are far beyond the data, both decay alike
    worn = beyond > decay * excess
    tokens = np.where(worn, np.where(worn, unique, 1.0) * np.sqrt(beyond * decay / excess), tokens)
    for _ in range(4):
        over = np.maximum(flop / (6.0 * tokens * fitting), 1.0)
        tired = np.exp((1.0 - over) / excess)
        counted = 1.0 + excess * (1.0 - tired)
        marginal = over * tired / counted
        pace = tokens / tired_at
        log_fresh = np.minimum(1.0 / decay - pace, 0.0)
        fresh = np.exp(log_fresh)
        worth = np.minimum(tokens, unique * (1.0 + decay - decay * fresh))
        both = tokens + served
        gap = a * np.log(tokens) + (1 + b) * np.log(worth) - log_fresh - np.log(both) - target
        slope = a + tokens * ((1 + b) * fresh / worth - 1.0 / both) + pace * (log_fresh < 0.0)
        gap += (1.0 - over) / excess + (1.0 + a) * np.log(over / counted)
        slope += (over > 1.0) * (over / excess + (1.0 + a) * (marginal - 1.0))
        tokens = tokens * np.exp(np.clip(-gap / slope, -2.0, 2.0))
    tokens = tokens * np.greater_equal(flop, 1.0)
    return np.divide(flop, 6.0 * np.maximum(tokens, 1.0)), tokens
