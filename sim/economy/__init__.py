"""Who is in it, where they meet, in what order, and its books. Begin at model.py."""

import multiprocessing

# To import Mesa sets the start method of everybody's processes; what it was is put back.
_chosen = multiprocessing.get_start_method(allow_none=True)
import mesa  # noqa: E402, F401

multiprocessing.set_start_method(_chosen, force=True)
