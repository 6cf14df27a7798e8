"""Registering as jobseeking (Arbeitsuchendmeldung, § 38 SGB III)."""
