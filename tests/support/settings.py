"""Settings of an installation in production, as an operator would write them."""

from pathlib import Path

from vberatung import config

PUBLIC_URL = "https://beratung.example"
SECRET_KEY = "k7Rw2mXq9ZtB4vNc8LpD1sHf6JyG3aUe"
FIELD_KEY = "WRcccSZ04frn-Dl2_1B8XXR1RU6sOBo5XaU44k6TWPc="
OLD_FIELD_KEY = "urjoeSIWuX8DxCqJvvsyohuZ3ioTWCYmzIXygLlM1BI="


def environment(data_dir: Path, **changes: str) -> dict[str, str]:
    """A complete production environment; `changes` replace, an empty one removes."""
    return {
        "SECRET_KEY": SECRET_KEY,
        "FIELD_KEYS": FIELD_KEY,
        "PUBLIC_URL": PUBLIC_URL,
        "DATA_DIR": str(data_dir),
        "SMTP_URL": "smtp://mail.beratung.example:25",
        "MAIL_FROM": "Videoberatung <termine@beratung.example>",
        **changes,
    }


def settings(data_dir: Path, **changes: str) -> config.Settings:
    return config.load(environment(data_dir, **changes))
