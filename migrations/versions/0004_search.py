"""search: the words of posts and people, trends with their history, links newest first."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

TABLES = ('post_search', 'actor_search')


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    for name in TABLES:
        if is_sqlite:
            op.execute(f"CREATE VIRTUAL TABLE {name} USING fts5(terms, tokenize = 'ascii')")
        else:
            op.execute(f'CREATE TABLE {name} (id BIGINT PRIMARY KEY, terms TSVECTOR NOT NULL)')
            op.execute(f'CREATE INDEX ix_{name}_terms ON {name} USING gin (terms)')
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_post_card_url'))
        batch_op.create_index('ix_post_card', ['card_url', 'id'], unique=False)
    with op.batch_alter_table('trend', schema=None) as batch_op:
        empty = sa.text("'[]'")
        batch_op.add_column(sa.Column('history', _json(), server_default=empty, nullable=False))
    _owe('index posts', 'post', 1)
    _owe('index actors', 'actor', 2)


def _json() -> sa.types.TypeEngine:
    return sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def _owe(kind: str, table: str, number: int) -> None:
    """Owe the indexing of what is there already; on an empty database nothing is owed."""
    if op.get_bind().scalar(sa.text(f'SELECT 1 FROM {table} LIMIT 1')) is None:  # noqa: S608
        return
    job = sa.table(
        'job',
        sa.column('id', sa.BigInteger),
        sa.column('kind', sa.String),
        sa.column('key', sa.String),
        sa.column('payload', _json()),
        sa.column('due_at', sqlmodel.sql.sqltypes.UTCDateTime()),
        sa.column('attempts', sa.Integer),
    )
    row = {
        'id': (time.time_ns() // 1_000_000 << 16) + number,
        'kind': kind,
        'key': kind,
        'payload': {'before': None},
        'due_at': datetime.now(UTC),
        'attempts': 0,
    }
    op.bulk_insert(job, [row])


def downgrade() -> None:
    op.execute("DELETE FROM job WHERE kind IN ('index posts', 'index actors')")
    with op.batch_alter_table('trend', schema=None) as batch_op:
        batch_op.drop_column('history')
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_index('ix_post_card')
        batch_op.create_index(batch_op.f('ix_post_card_url'), ['card_url'], unique=False)
    for name in reversed(TABLES):
        op.execute(f'DROP TABLE {name}')
