"""Every request comes from an address of its own.

What nobody is signed in for is counted by address, and schemathesis asks faster than one address
may. The limits have tests of their own.
"""

import ipaddress
import itertools

import schemathesis

# For measurements between networks (RFC 2544): nobody's.
ADDRESSES = ipaddress.ip_network("198.18.0.0/15")

numbers = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    address = ADDRESSES[next(numbers) % ADDRESSES.num_addresses]
    case.headers["X-Forwarded-For"] = str(address)
