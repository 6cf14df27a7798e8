"""Hashing that costs next to nothing, and the product's own, which must cost a lot."""

from argon2 import PasswordHasher

from vberatung.people import accounts

PRODUCTS = accounts.passwords
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
