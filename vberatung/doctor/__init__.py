"""Whether the installation works, end to end: `flask doctor`, and a page for administrators."""
