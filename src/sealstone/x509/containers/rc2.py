"""Decryption with RC2 in CBC mode (RFC 2268), for old PKCS #12 files: `cryptography` has it with 128-bit keys only.

Windows and OpenSSL before 3.0 wrote certificates under 40 bits of it. To decrypt is all that is done here; nothing
is protected by it any more. Slow (about 100 kB a second), so it runs under the limits of the child process.
"""

from struct import pack, unpack
from typing import Final

BLOCK: Final = 8
# RFC 2268 section 2: the digits of pi.
_PI_TABLE: Final = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289"
    "a90d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)


def decrypt(key: bytes, effective_bits: int, iv: bytes, ciphertext: bytes) -> bytes:
    """The plain text with its padding. `ciphertext` is a whole number of blocks, `iv` is one."""
    words = _expanded(key, effective_bits)
    plain = bytearray()
    for at in range(0, len(ciphertext), BLOCK):
        block = ciphertext[at : at + BLOCK]
        plain += bytes(a ^ b for a, b in zip(_block(words, block), iv, strict=True))
        iv = block
    return bytes(plain)


def _expanded(key: bytes, effective_bits: int) -> tuple[int, ...]:
    """Section 2: 64 words of 16 bits."""
    size = (effective_bits + 7) // 8
    mask = 0xFF >> (8 * size - effective_bits)
    expanded = bytearray(key)
    for i in range(len(key), 128):
        expanded.append(_PI_TABLE[(expanded[i - 1] + expanded[i - len(key)]) & 0xFF])
    expanded[128 - size] = _PI_TABLE[expanded[128 - size] & mask]
    for i in range(127 - size, -1, -1):
        expanded[i] = _PI_TABLE[expanded[i + 1] ^ expanded[i + size]]
    return unpack("<64H", expanded)


def _block(words: tuple[int, ...], block: bytes) -> bytes:
    """Section 4: sixteen mixing rounds backwards, with two mashing rounds among them."""
    r = list(unpack("<4H", block))
    for turn in range(15, -1, -1):
        for i, rotation in ((3, 5), (2, 3), (1, 2), (0, 1)):
            word = (r[i] << (16 - rotation) | r[i] >> rotation) & 0xFFFF
            before, second, third = r[i - 1], r[i - 2], r[i - 3]
            r[i] = (word - words[4 * turn + i] - (before & second) - (~before & third)) & 0xFFFF
        if turn in {5, 11}:
            for i in (3, 2, 1, 0):
                r[i] = (r[i] - words[r[i - 1] & 63]) & 0xFFFF
    return pack("<4H", *r)
