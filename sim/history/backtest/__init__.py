"""How far a run is from what happened: against the record and naive forecasts."""
