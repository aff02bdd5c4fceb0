"""The portal's settings with the floor beside its addresses, and the number of SQL statements in each answer."""

from diagdm.settings import *  # noqa: F403
from diagdm.settings import MIDDLEWARE

ROOT_URLCONF = "benchmarks.floor"
MIDDLEWARE = ["benchmarks.counting.CountQueries", *MIDDLEWARE]
