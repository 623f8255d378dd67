"""Archive of the gateway's processes: this package and what it imports, as one file that needs only Python and Linux."""
