"""Changes may be of a team's limits at a gateway, and so of no service."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a change be of no service."""
    with op.batch_alter_table("change") as batch_op:
        batch_op.alter_column("service_id", existing_type=sa.String(length=32), nullable=True)


def downgrade() -> None:
    """Delete the changes of no service, then refuse them."""
    op.execute("delete from change where service_id is null")
    with op.batch_alter_table("change") as batch_op:
        batch_op.alter_column("service_id", existing_type=sa.String(length=32), nullable=False)
