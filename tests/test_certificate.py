from pathlib import Path

from cryptography import x509

from vberatung.certificate import LIVES, self_signed


def test_it_names_every_host_and_its_key_is_ours_alone(tmp_path: Path) -> None:
    file, key = self_signed(tmp_path, ["localhost", "127.0.0.1", "192.0.2.7"])
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == [
        "127.0.0.1",
        "192.0.2.7",
    ]
    assert key.stat().st_mode & 0o077 == 0


def test_a_fresh_one_replaces_the_old_one(tmp_path: Path) -> None:
    first = self_signed(tmp_path, ["localhost"])[0].read_bytes()
    file, key = self_signed(tmp_path, ["localhost"])
    assert file.read_bytes() != first
    assert b"PRIVATE KEY" in key.read_bytes()
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    lives = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert lives >= LIVES
