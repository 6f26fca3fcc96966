"""In which order the frames of memory are handed out: by address, or shuffled.

Models:     the shuffle of ChampSim 2025-05 to the last frame: a Mersenne twister of 64 bits, whose
            numbers each choose the places of two frames, as libstdc++ 12 shuffles.
Source:     T. Nishimura, Tables of 64-bit Mersenne Twisters, ACM TOMACS 10(4), 2000; D. Lemire,
            Fast Random Integer Generation in an Interval, ACM TOMACS 29(1), 2019.
Checked by: tests/components/test_walker.py
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from cosim.compiled import Records

WORDS, MIDDLE = 312, 156
"""Length of the twister's state, and how far apart two words are that mix."""

UPPER, LOWER = np.uint64(0xFFFFFFFF80000000), np.uint64(0x7FFFFFFF)
TWIST = np.uint64(0xB5026F5AA96619E9)
SEEDING = 6364136223846793005
WORD = (1 << 64) - 1
"""Constants of the twister (Nishimura 2000, mt19937-64)."""


def twister(seed: int) -> Iterator[int]:
    """Yield the numbers of a 64-bit Mersenne twister."""
    words = [seed & WORD]
    for number in range(1, WORDS):
        words.append(SEEDING * (words[-1] ^ words[-1] >> 62) + number & WORD)
    state = np.array(words, np.uint64)
    one = np.uint64(1)
    while True:
        for first, last in ((0, MIDDLE), (MIDDLE, WORDS)):
            following = np.append(state[first + 1 : last], state[last % WORDS])
            mixed = (state[first:last] & UPPER) | (following & LOWER)
            far = state[MIDDLE:] if first == 0 else state[:MIDDLE]
            state[first:last] = far ^ mixed >> one ^ np.where(mixed & one, TWIST, np.uint64(0))
        drawn = state ^ (state >> np.uint64(29) & np.uint64(0x5555555555555555))
        drawn ^= drawn << np.uint64(17) & np.uint64(0x71D67FFFEDA60000)
        drawn ^= drawn << np.uint64(37) & np.uint64(0xFFF7EEE000000000)
        yield from (drawn ^ drawn >> np.uint64(43)).tolist()


def below(limit: int, numbers: Iterator[int]) -> int:
    """Return the next random number below `limit`, all equally likely."""
    product = next(numbers) * limit
    if product & WORD < limit:
        while product & WORD < -limit % (1 << 64) % limit:
            product = next(numbers) * limit
    return product >> 64


@lru_cache(maxsize=4)
def shuffled(first: int, count: int, seed: int) -> Records:
    """Return `count` frames from `first` on in random order."""
    frames, numbers = list(range(first, first + count)), twister(seed)
    place = 1
    if count % 2 == 0 and count:
        other = below(2, numbers)
        frames[1], frames[other] = frames[other], frames[1]
        place = 2
    while place < count:
        one, other = divmod(below((place + 1) * (place + 2), numbers), place + 2)
        frames[place], frames[one] = frames[one], frames[place]
        frames[place + 1], frames[other] = frames[other], frames[place + 1]
        place += 2
    return np.array(frames, np.int64)
