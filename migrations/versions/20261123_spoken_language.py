"""the language chosen for the talk, and whether a mail was written

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
        batch_op.add_column(sa.Column('new_email', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('mailbox_hash', sa.LargeBinary(length=32), nullable=True))
        batch_op.create_index(
            batch_op.f('ix_appointments_mailbox_hash'), ['mailbox_hash'], unique=False
        )
        batch_op.add_column(sa.Column('spoken', sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column('mailed_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('registrations') as batch_op:
        batch_op.add_column(sa.Column('mailed_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('waiting_entries') as batch_op:
        batch_op.add_column(sa.Column('spoken', sa.String(length=8), nullable=True))


def downgrade():
    with op.batch_alter_table('waiting_entries') as batch_op:
        batch_op.drop_column('spoken')
    with op.batch_alter_table('registrations') as batch_op:
        batch_op.drop_column('mailed_at')
    with op.batch_alter_table('appointments') as batch_op:
        batch_op.drop_index(batch_op.f('ix_appointments_mailbox_hash'))
        batch_op.drop_column('mailbox_hash')
        batch_op.drop_column('new_email')
        batch_op.drop_column('mailed_at')
        batch_op.drop_column('spoken')
