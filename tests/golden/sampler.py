#!/usr/bin/env python3
"""Prints the first rows of cot::data::sampler, from the description of swap-or-not and Philox4x32-10 alone."""

M = 0xFFFFFFFF


def philox(c, k0, k1):
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = ((b >> 32) ^ c[1] ^ k0, b & M, (a >> 32) ^ c[3] ^ k1, a & M)
        k0, k1 = (k0 + 0x9E3779B9) & M, (k1 + 0xBB67AE85) & M
    return c


def fnv(path):
    h = 2166136261
    for byte in path.encode():
        h = ((h ^ byte) * 16777619) & M
    return h


def permuted(x, n, seed, epoch):
    site = fnv("data.sampler") ^ (seed >> 32) ^ (epoch >> 32)
    for r in range(8 * n.bit_length() + 32):
        k = philox((0, 0, 2 * r + 1, epoch & M), seed & M, site)
        partner = (((k[0] << 32) | k[1]) % n - x) % n
        high = max(x, partner)
        if philox((high & M, high >> 32, 2 * r, epoch & M), seed & M, site)[0] & 1:
            x = partner
    return x


for seed, batch in ((0, 0), (0, 200), (12345678901, 3)):
    per_epoch = 1000 // 6
    epoch, first = batch // per_epoch, batch % per_epoch * 6
    print(seed, batch, [permuted(first + k, 1000, seed, epoch) for k in range(6)])
