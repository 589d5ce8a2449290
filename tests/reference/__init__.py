"""What every operation should give: plain NumPy in float64, written to be read."""
