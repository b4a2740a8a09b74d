"""Whether a value is that of drand's network "quicknet": by its signature, which none but the
network can make, and no other one fits.

Workers do not ask for this as they take a value: it needs the extra `drand`, and a second of the
processor in pure Python. Whoever checks a draw has the time.
"""

import hashlib
import re

from vwr_middleware.draw.record import NotVerified

#: The network's key, which is public: it stands at https://api.drand.sh/<chain>/info.
PUBLIC_KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3a"
    "c6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5"
    "a6e9c76a4bc09e76eae8991ef5ece45a"
)
_DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
_VALUE = re.compile("([0-9]{1,15}):([0-9a-f]{64})")
_SIGNATURE = re.compile("[0-9a-f]{96}")

NEEDS = 'to check a signature of drand needs py-ecc: pip install "vwr-middleware[drand]"'


def check_signature(value: str, signature: str) -> int:
    """The round of a value, if this is its signature, in hexadecimal digits. Raises NotVerified."""
    found = _VALUE.fullmatch(value)
    if found is None:
        raise NotVerified("the beacon's value is none of drand: it has no round and 64 digits")
    number, randomness = int(found[1]), found[2]
    signature = signature.strip().lower()
    if not _SIGNATURE.fullmatch(signature):
        raise NotVerified("the signature of a round of drand has 96 hexadecimal digits")
    signed = bytes.fromhex(signature)
    if hashlib.sha256(signed).hexdigest() != randomness:
        raise NotVerified(f"this is not the signature of the value that was mixed in: {value}")
    if not is_signed(number, signed):
        raise NotVerified(f"this is not drand's signature of round {number}: the value is made up")
    return number


def is_signed(number: int, signature: bytes, public_key: str = PUBLIC_KEY) -> bool:
    """Whether the network has signed this round so: e(signature, g2) is e(H(round), its key)."""
    try:
        from py_ecc.bls.g2_primitives import pubkey_to_G1, signature_to_G2, subgroup_check
        from py_ecc.bls.hash_to_curve import hash_to_G1
        from py_ecc.fields import optimized_bls12_381_FQ12
        from py_ecc.optimized_bls12_381 import G2, final_exponentiate, is_inf, neg, pairing
    except ImportError as error:
        raise NotVerified(NEEDS) from error
    message = hashlib.sha256(number.to_bytes(8, "big")).digest()
    try:
        point = pubkey_to_G1(signature)  # the curve of signatures here is that of keys elsewhere
        key = signature_to_G2(bytes.fromhex(public_key))
    except ValueError:
        return False
    if is_inf(point) or not subgroup_check(point):
        return False
    left = pairing(G2, point, final_exponentiate=False)
    right = pairing(
        key, neg(hash_to_G1(message, _DOMAIN, hashlib.sha256)), final_exponentiate=False
    )
    return bool(final_exponentiate(left * right) == optimized_bls12_381_FQ12.one())
