"""what is kept of the device test

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-23 08:00:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('tech_checks',
    sa.Column('appointment_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('light', sa.String(length=10), nullable=False),
    sa.Column('causes', sa.JSON(), nullable=False),
    sa.Column('tested_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("light IN ('ok', 'limited', 'failed')", name=op.f('ck_tech_checks_light')),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_tech_checks_appointment_id_appointments'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('appointment_id', name=op.f('pk_tech_checks'))
    )


def downgrade():
    op.drop_table('tech_checks')
