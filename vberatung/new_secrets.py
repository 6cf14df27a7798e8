"""Prints fresh secrets for the environment file: `python -m vberatung.new_secrets`."""

from vberatung import crypto, tokens

if __name__ == "__main__":
    print(f"SECRET_KEY={tokens.secret_key()}")
    print(f"FIELD_KEYS={crypto.new_field_key()}")
