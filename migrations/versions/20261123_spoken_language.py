"""the language chosen for the talk

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-23 01:10:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('appointments') as batch_op:
        batch_op.add_column(sa.Column('spoken', sa.String(length=8), nullable=True))


def downgrade():
    with op.batch_alter_table('appointments') as batch_op:
        batch_op.drop_column('spoken')
