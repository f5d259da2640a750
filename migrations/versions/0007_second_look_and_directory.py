"""The second look knows what the first agreed to; the directory is found in one step on SQLite."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

ASSURANCE = sa.Enum(
    'declared', 'register-match', 'institution-attested', 'strong-auth',
    name='assurance', native_enum=False, length=40,
)


def upgrade() -> None:
    with op.batch_alter_table('claim', schema=None) as batch_op:
        batch_op.add_column(sa.Column('first_assurance', ASSURANCE, nullable=True))
    # To what a first verifier agreed before was not kept: they look again.
    op.execute(
        "UPDATE claim SET state = 'open', first_decided_at = NULL, first_decided_by = NULL, "
        "first_reason = NULL WHERE state = 'second-look'"
    )
    # SQLite makes the table anew to drop a column, and keeps its rows in the order of the key then.
    options = {'sqlite_with_rowid': False}
    with op.batch_alter_table('directory_entry', schema=None, table_kwargs=options) as batch_op:
        batch_op.drop_column('accepts_referrals')


def downgrade() -> None:
    options = {'sqlite_with_rowid': True}
    with op.batch_alter_table('directory_entry', schema=None, table_kwargs=options) as batch_op:
        batch_op.add_column(
            sa.Column('accepts_referrals', sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table('claim', schema=None) as batch_op:
        batch_op.drop_column('first_assurance')
