"""what is said to whoever waits, what went wrong, and how it ended

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-23 04:10:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('troubles',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('appointment_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_troubles_appointment_id_appointments'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_troubles'))
    )
    with op.batch_alter_table('troubles') as batch_op:
        batch_op.create_index(batch_op.f('ix_troubles_appointment_id'), ['appointment_id'], unique=False)
    with op.batch_alter_table('appointments') as batch_op:
        batch_op.add_column(sa.Column('waiting_message', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('waiting_message_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('took_place_by', sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column('outcome_note', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('waited_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('receipt_mailed_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('offices') as batch_op:
        batch_op.add_column(sa.Column('phone_after_min', sa.Integer(), nullable=False, server_default='5'))


def downgrade():
    with op.batch_alter_table('offices') as batch_op:
        batch_op.drop_column('phone_after_min')
    with op.batch_alter_table('appointments') as batch_op:
        batch_op.drop_column('receipt_mailed_at')
        batch_op.drop_column('waited_until')
        batch_op.drop_column('outcome_note')
        batch_op.drop_column('took_place_by')
        batch_op.drop_column('waiting_message_at')
        batch_op.drop_column('waiting_message')
    with op.batch_alter_table('troubles') as batch_op:
        batch_op.drop_index(batch_op.f('ix_troubles_appointment_id'))
    op.drop_table('troubles')
