"""Alembic's entry: run the migrations on the connection that the portal hands over."""

from alembic import context

import portal.db.people
import portal.db.work  # noqa: F401  both fill the metadata
from portal.db.base import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
