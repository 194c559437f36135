"""The web page: one world, watched step by step, on this machine."""

from sim.app.server import serve

__all__ = ["serve"]
