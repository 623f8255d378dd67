"""Changes keep what a destroy left in AWS."""

import sqlalchemy as sa
from alembic import op

from portal.db.base import Document

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; destroys of before have nothing in it."""
    op.add_column("change", sa.Column("leftovers", Document, nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("change", "leftovers")
