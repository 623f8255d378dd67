from tests.gateway.store.conftest import table

__all__ = ["table"]
