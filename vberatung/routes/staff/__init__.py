"""The pages behind the staff sign-in."""
