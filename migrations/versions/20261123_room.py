"""guests of a talk, and presence by place

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-23 01:40:00

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

ROLES = "'interpreter', 'sign_interpreter', 'companion', 'colleague'"


def presences(place):
    """Signs of life of a minute: the old ones are worth nothing."""
    op.drop_table('presences')
    op.create_table('presences',
    sa.Column('appointment_id', sa.Integer(), nullable=False),
    sa.Column(place, sa.String(length=20), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_presences_appointment_id_appointments'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('appointment_id', place, name=op.f('pk_presences'))
    )


def upgrade():
    op.create_table('guests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('appointment_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=False),
    sa.Column('by_jobseeker', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('consented_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('consent_version', sa.String(length=20), nullable=True),
    sa.Column('admitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint(f"role IN ({ROLES})", name=op.f('ck_guests_role')),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_guests_appointment_id_appointments'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guests'))
    )
    with op.batch_alter_table('guests') as batch_op:
        batch_op.create_index(batch_op.f('ix_guests_appointment_id'), ['appointment_id'], unique=False)
    op.create_table('hand_overs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('appointment_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_hand_overs_appointment_id_appointments'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hand_overs'))
    )
    with op.batch_alter_table('hand_overs') as batch_op:
        batch_op.create_index(batch_op.f('ix_hand_overs_appointment_id'), ['appointment_id'], unique=False)
    with op.batch_alter_table('links') as batch_op:
        batch_op.add_column(sa.Column('hand_over_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_links_hand_over_id'), ['hand_over_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_links_hand_over_id_hand_overs'), 'hand_overs', ['hand_over_id'], ['id'], ondelete='CASCADE')
        batch_op.add_column(sa.Column('guest_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_links_guest_id'), ['guest_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_links_guest_id_guests'), 'guests', ['guest_id'], ['id'], ondelete='CASCADE')
    presences('place')


def downgrade():
    presences('role')
    op.execute("DELETE FROM links WHERE guest_id IS NOT NULL OR hand_over_id IS NOT NULL")
    with op.batch_alter_table('links') as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_links_hand_over_id_hand_overs'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_links_hand_over_id'))
        batch_op.drop_column('hand_over_id')
        batch_op.drop_constraint(batch_op.f('fk_links_guest_id_guests'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_links_guest_id'))
        batch_op.drop_column('guest_id')
    op.drop_table('hand_overs')
    op.drop_table('guests')
