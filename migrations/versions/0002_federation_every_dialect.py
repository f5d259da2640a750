"""federation_every_dialect."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('host_scheme',
    sa.Column('host', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('scheme', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('noted_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('host')
    )
    op.create_table('link_card',
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('url', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('description', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('author_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('provider_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('image_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('language', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('published_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('fetched_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('failed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('report',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('uri', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('host', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reporter_id', sa.BigInteger(), nullable=False),
    sa.Column('target_id', sa.BigInteger(), nullable=False),
    sa.Column('post_ids', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('category', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('comment', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('is_forwarded', sa.Boolean(), nullable=False),
    sa.Column('others', sa.Integer(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('handled_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('handled_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['reporter_id'], ['actor.id'], ),
    sa.ForeignKeyConstraint(['target_id'], ['actor.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('uri')
    )
    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_host'), ['host'], unique=False)
        batch_op.create_index(batch_op.f('ix_report_target_id'), ['target_id'], unique=False)

    op.create_table('pin',
    sa.Column('actor_id', sa.BigInteger(), nullable=False),
    sa.Column('post_id', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], ),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], ),
    sa.PrimaryKeyConstraint('actor_id', 'post_id'),
    sa.UniqueConstraint('id')
    )
    with op.batch_alter_table('pin', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pin_post_id'), ['post_id'], unique=False)

    op.create_table('poll',
    sa.Column('post_id', sa.BigInteger(), nullable=False),
    sa.Column('is_multiple', sa.Boolean(), nullable=False),
    sa.Column('ends_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('closed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('voters_count', sa.Integer(), nullable=False),
    sa.Column('hides_totals', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], ),
    sa.PrimaryKeyConstraint('post_id')
    )
    op.create_table('poll_option',
    sa.Column('post_id', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('votes_count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], ),
    sa.PrimaryKeyConstraint('post_id', 'position')
    )
    op.create_table('poll_vote',
    sa.Column('post_id', sa.BigInteger(), nullable=False),
    sa.Column('actor_id', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('uri', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], ),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], ),
    sa.PrimaryKeyConstraint('post_id', 'actor_id', 'position')
    )
    with op.batch_alter_table('poll_vote', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_poll_vote_actor_id'), ['actor_id'], unique=False)

    op.create_table('reaction',
    sa.Column('post_id', sa.BigInteger(), nullable=False),
    sa.Column('actor_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Enum('emoji', 'dislike', name='reactionkind', native_enum=False, length=40), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('icon_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('uri', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['actor.id'], ),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], ),
    sa.PrimaryKeyConstraint('post_id', 'actor_id', 'kind', 'name'),
    sa.UniqueConstraint('id')
    )
    with op.batch_alter_table('reaction', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reaction_actor_id'), ['actor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_reaction_uri'), ['uri'], unique=False)

    with op.batch_alter_table('actor_key', schema=None) as batch_op:
        batch_op.add_column(sa.Column('proves', sa.Boolean(), server_default=sa.true(), nullable=False))

    with op.batch_alter_table('actor', schema=None) as batch_op:
        batch_op.add_column(sa.Column('moderators_uri', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('backfilled_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))

    with op.batch_alter_table('inbox_activity', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_released', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index('ix_inbox_activity_waiting', ['id'], unique=False, sqlite_where=sa.text("outcome = 'held'"), postgresql_where=sa.text("outcome = 'held'"))

    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.add_column(sa.Column('others', sa.Integer(), nullable=False, server_default='0'))

    with op.batch_alter_table('peer', schema=None) as batch_op:
        batch_op.add_column(sa.Column('rejects_media', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('rejects_reports', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('forces_warning', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('holds', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('rate', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('public_reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))

    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.add_column(sa.Column('group_uri', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('quote_uri', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('quote_of_id', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('quote_policy', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('details', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False, server_default='{}'))
        batch_op.add_column(sa.Column('card_url', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('replies_uri', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('replies_checked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('locked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.create_index(batch_op.f('ix_post_group_uri'), ['group_uri'], unique=False)
        batch_op.create_index(batch_op.f('ix_post_quote_of_id'), ['quote_of_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_post_quote_uri'), ['quote_uri'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('post', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_post_quote_uri'))
        batch_op.drop_index(batch_op.f('ix_post_quote_of_id'))
        batch_op.drop_index(batch_op.f('ix_post_group_uri'))
        batch_op.drop_column('locked_at')
        batch_op.drop_column('replies_checked_at')
        batch_op.drop_column('replies_uri')
        batch_op.drop_column('card_url')
        batch_op.drop_column('details')
        batch_op.drop_column('quote_policy')
        batch_op.drop_column('quote_of_id')
        batch_op.drop_column('quote_uri')
        batch_op.drop_column('group_uri')

    with op.batch_alter_table('peer', schema=None) as batch_op:
        batch_op.drop_column('public_reason')
        batch_op.drop_column('rate')
        batch_op.drop_column('holds')
        batch_op.drop_column('forces_warning')
        batch_op.drop_column('rejects_reports')
        batch_op.drop_column('rejects_media')

    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.drop_column('others')

    with op.batch_alter_table('inbox_activity', schema=None) as batch_op:
        batch_op.drop_index('ix_inbox_activity_waiting', sqlite_where=sa.text("outcome = 'held'"), postgresql_where=sa.text("outcome = 'held'"))
        batch_op.drop_column('is_released')

    with op.batch_alter_table('actor_key', schema=None) as batch_op:
        batch_op.drop_column('proves')

    with op.batch_alter_table('actor', schema=None) as batch_op:
        batch_op.drop_column('backfilled_at')
        batch_op.drop_column('moderators_uri')

    with op.batch_alter_table('reaction', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reaction_uri'))
        batch_op.drop_index(batch_op.f('ix_reaction_actor_id'))

    op.drop_table('reaction')
    with op.batch_alter_table('poll_vote', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_poll_vote_actor_id'))

    op.drop_table('poll_vote')
    op.drop_table('poll_option')
    op.drop_table('poll')
    with op.batch_alter_table('pin', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_pin_post_id'))

    op.drop_table('pin')
    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_report_target_id'))
        batch_op.drop_index(batch_op.f('ix_report_host'))

    op.drop_table('report')
    op.drop_table('link_card')
    op.drop_table('host_scheme')
