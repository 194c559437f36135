"""What a run is told: scenarios, laws and dials; read, checked, drawn once a world."""
