"""Appointments: what is free, who takes it, and the claims that make double booking impossible."""
