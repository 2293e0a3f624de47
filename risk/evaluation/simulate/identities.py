"""Invented identifiers that pass the published check digits, made a column at a time.

Every function returns a numpy array of text of length `n`. Phones lie in a range no operator uses (100…), so nobody can be rung by mistake.
"""

import numpy as np
import pandas as pd

Rng = np.random.Generator
Text = np.ndarray

LOCAL_REGIONS = np.array(["430702", "430703", "430721", "430722", "430723", "430724", "430725", "430726", "430781"])
FORMER_REGIONS = np.array(["432401", "432421", "432422", "432423", "432424", "432425", "432426", "432427"])
OUTSIDE_REGIONS = np.array(["430111", "430602", "430621", "430821", "430302", "440305", "410222", "360121", "110105"])
FORMER_REGION_LAST_YEAR = 1988
PLATE_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNPQRSTUVWXYZ", dtype=np.uint8)
LOCAL_PLATE = "湘J"
OUTSIDE_PLATES = np.array(["湘A", "湘F", "湘H", "湘G", "鄂D", "鄂E", "粤B", "贵C", "川S", "豫B"])
RIC_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
RIC_CHECK = np.frombuffer(b"10X98765432", dtype=np.uint8)
USCC_ALPHABET = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", dtype=np.uint8)
USCC_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
VIN_ALPHABET = np.frombuffer(b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ", dtype=np.uint8)
VIN_VALUES = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9])
VIN_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2])
VIN_CHECK = np.frombuffer(b"0123456789X", dtype=np.uint8)
MAKERS = np.array(["LSV", "LFV", "LVS", "LGX", "LBE", "LHG", "LZW", "LS5", "LGB", "LDC"])


def _text(letters: np.ndarray) -> Text:
    """Bytes of shape (n, width) as n strings."""
    width = letters.shape[1]
    return np.ascontiguousarray(letters, dtype=np.uint8).view(f"S{width}").ravel().astype(f"U{width}")


def _bytes(text: Text, width: int) -> np.ndarray:
    """n ASCII strings of one width as bytes of shape (n, width)."""
    return np.asarray(text).astype(f"S{width}").view(np.uint8).reshape(-1, width)


def digits(values: np.ndarray, width: int) -> np.ndarray:
    """Non-negative integers as zero-padded ASCII digits, bytes of shape (n, width)."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (np.asarray(values, dtype=np.int64)[:, None] // powers % 10 + 48).astype(np.uint8)


def numbered(prefix: str, values: np.ndarray, width: int) -> Text:
    """ASCII prefix followed by zero-padded numbers."""
    return np.char.add(prefix, _text(digits(values, width)))


def person_ids(rng: Rng, n: int, *, outsiders: float = 0.06) -> Text:
    """Resident identity numbers (GB 11643). `outsiders` is the share from elsewhere; locals born before 1989 have 4324…."""
    outside = rng.random(n) < outsiders
    year = rng.integers(1956, 2006, n)
    year = np.where(outside & (year <= FORMER_REGION_LAST_YEAR), year % 17 + 1989, year)
    region = np.where(year <= FORMER_REGION_LAST_YEAR, rng.choice(FORMER_REGIONS, n), rng.choice(LOCAL_REGIONS, n))
    region = np.where(outside, rng.choice(OUTSIDE_REGIONS, n), region)
    born = year * 10000 + rng.integers(1, 13, n) * 100 + rng.integers(1, 29, n)
    body = np.hstack([_bytes(region, 6), digits(born, 8), digits(rng.integers(1, 999, n), 3)])
    check = RIC_CHECK[((body.astype(np.int64) - 48) * RIC_WEIGHTS).sum(axis=1) % 11]
    return _text(np.hstack([body, check[:, None]]))


def company_codes(rng: Rng, n: int, *, authority: str = "91") -> Text:
    """Unified social credit codes (GB 32100) of local companies."""
    index = rng.integers(0, 10, (n, 17))
    fixed = _bytes(np.char.add(authority, rng.choice(LOCAL_REGIONS, n)), 8).astype(np.int64) - 48
    index[:, :8] = fixed
    index[:, 8:10] = rng.integers(10, len(USCC_ALPHABET), (n, 2))
    check = (31 - (index * USCC_WEIGHTS).sum(axis=1) % 31) % 31
    return _text(USCC_ALPHABET[np.hstack([index, check[:, None]])])


def phones(rng: Rng, n: int) -> Text:
    """Eleven digits from 100…, a range that is not assigned."""
    return numbered("100", rng.integers(0, 10**8, n), 8)


def vins(rng: Rng, n: int) -> Text:
    """Vehicle identification numbers (GB 16735) with their check digit in place 9."""
    index = rng.integers(0, len(VIN_ALPHABET), (n, 17))
    index[:, 11:] = rng.integers(0, 10, (n, 6))
    maker = _bytes(rng.choice(MAKERS, n), 3)
    index[:, :3] = np.searchsorted(VIN_ALPHABET, maker)
    remainder = (VIN_VALUES[index] * VIN_WEIGHTS).sum(axis=1) % 11
    letters = VIN_ALPHABET[index]
    letters[:, 8] = VIN_CHECK[remainder]
    return _text(letters)


def plates(rng: Rng, plate_type: Text, *, outsiders: float = 0.05) -> Text:
    """Number plates (GA 36) fitting `plate_type` (GA/T 16.7): eight characters for new-energy cars (51, 52), 挂 for trailers (15)."""
    n = len(plate_type)
    serial = digits(rng.integers(0, 10**5, n), 5)
    lettered = rng.random(n) < 0.6
    where = rng.integers(0, 5, n)
    rows = np.flatnonzero(lettered)
    serial[rows, where[rows]] = rng.choice(PLATE_LETTERS, len(rows))
    plain = _text(serial)
    city = np.where(rng.random(n) < outsiders, rng.choice(OUTSIDE_PLATES, n), LOCAL_PLATE)
    energy = rng.choice(np.array(["D", "F"]), n, p=[0.8, 0.2])
    small = np.char.add(np.char.add(city, energy), plain)
    large = np.char.add(np.char.add(city, _text(digits(rng.integers(0, 10**5, n), 5))), energy)
    trailer = np.char.add(np.char.add(city, _text(serial[:, :4])), "挂")
    kinds = [plate_type == "52", plate_type == "51", plate_type == "15"]
    return np.select(kinds, [small, large, trailer], np.char.add(city, plain))


def strangers(numbers: pd.Series) -> np.ndarray:
    """Which identity numbers are of people from elsewhere; an empty one is not."""
    return ((numbers != "") & ~numbers.str[:4].isin([region[:4] for region in (*LOCAL_REGIONS, *FORMER_REGIONS)])).to_numpy()


def from_afar(plates: pd.Series) -> np.ndarray:
    """Which number plates are those of other cities; an empty one is not."""
    return ((plates != "") & (plates.str[:2] != LOCAL_PLATE)).to_numpy()


def digests(rng: Rng, n: int) -> Text:
    """Sixteen hexadecimal digits, standing for the digest of a curve or a picture."""
    return _text(np.frombuffer(b"0123456789abcdef", dtype=np.uint8)[rng.integers(0, 16, (n, 16))])
