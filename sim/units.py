"""One alias a unit, so that a signature says once what a number is measured in."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import numpy as np
import numpy.typing as npt

# A float or an array of any shape; "| Any" lets a plain float pass where an array is expected.
Array: TypeAlias = npt.NDArray[np.float64] | Any

USD = Annotated[Array, "nominal US dollars; a flow is per quarter inside the model"]
USD_per_Mtok = Annotated[Array, "US dollars per million tokens"]
USD_per_hour = Annotated[Array, "US dollars per hour of one H100e"]
USD_per_H100e = Annotated[Array, "US dollars per H100e bought"]
USD_per_kWh = Annotated[Array, "US dollars per kilowatt-hour"]

H100e_hours_per_Mtok = Annotated[Array, "hours of one H100e for a million tokens"]
kW_per_H100e = Annotated[Array, "kilowatts of one H100e, cooling and losses included"]

FLOP = Annotated[Array, "floating-point operations"]
H100e = Annotated[Array, "H100 equivalents: 1e15 dense BF16 FLOP/s each"]
H100e_hours = Annotated[Array, "hours of one H100e"]
GW = Annotated[Array, "gigawatts of connected power"]

OOM = Annotated[Array, "orders of magnitude: log10 of effective FLOP at 2023 algorithms"]
Loss = Annotated[Array, "nats per token above the floor E (the reducible loss)"]
Parameters = Annotated[Array, "model parameters"]
Tokens = Annotated[Array, "tokens"]
Mtok = Annotated[Array, "millions of tokens; a flow is per quarter inside the model"]

Share = Annotated[Array, "share of a whole, 0 to 1"]
Ratio = Annotated[Array, "pure number"]
Elasticity = Annotated[Array, "per cent per per cent"]
Log = Annotated[Array, "natural logarithm of a positive number, or utility in logit units"]
Flag = Annotated[Any, "true or false, elementwise"]

Years = Annotated[Array, "years"]
Quarters = Annotated[Array, "quarters"]
OOM_per_Year = Annotated[Array, "orders of magnitude a year"]
per_Year = Annotated[Array, "rate per year"]
per_Quarter = Annotated[Array, "rate per quarter"]

HOURS_A_YEAR = 8760.0
HOURS_A_QUARTER = HOURS_A_YEAR / 4.0
YEARS_A_QUARTER = 0.25
GPT4 = 25.3  # OOM; Epoch AI's 2.1e25 FLOP at the algorithms of early 2023
GW_PER_KW = 1e-6
